from threading import Event

import pytest

from paramtui.sources.errors import Cancelled, NetworkError
from paramtui.sources.http.meter import STALL_LIMIT, WIRE_LIMIT, Meter
from paramtui.sources.progress import Watch

HUB = "https://huggingface.co"


def test_a_meter_ends_a_load() -> None:
    Meter(Watch(), HUB).check()
    with pytest.raises(NetworkError, match="more than"):
        Meter(Watch(), HUB, bytes=WIRE_LIMIT + 1).check()
    with pytest.raises(NetworkError, match="too slowly"):
        Meter(Watch(), HUB, stalls=STALL_LIMIT).check()
    with pytest.raises(Cancelled):
        Meter(Watch(), HUB, over=True).check()
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        Meter(Watch(cancelled=stop), HUB).check()
