"""What a checkpoint costs: pure, imports only `paramtui.checkpoint`."""
