"""What a LoRA adapter trains, weighs and holds."""
