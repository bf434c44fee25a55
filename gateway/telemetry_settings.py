"""Telemetry's settings: where traces go, who may read the figures, what logs tell, how long use is remembered."""

from typing import Literal

from pydantic import Field

from gateway.delivery_settings import Address, Headers, Reference
from sources.kit.yaml_file import Strict


class TelemetrySettings(Strict):
    """What is told of the gateway's work.

    Shape: `endpoint` takes traces by OTLP over HTTP, None: there are none; `sample` is the share of requests that are traced;
    with `accept_traceparent` a caller's trace id is taken over; `metrics_token` opens `/metrics` from afar, None: it is
    open on this machine alone. Units: `usage_days` for which the use of fields is remembered.
    """

    endpoint: Address | None = None
    headers: Headers = Field(default_factory=dict)
    sample: float = Field(default=1.0, ge=0, le=1)
    accept_traceparent: bool = False
    metrics_token: Reference | None = None
    log_level: Literal["info", "warning"] | None = None
    usage_days: int = Field(default=400, ge=1, le=3_650)
