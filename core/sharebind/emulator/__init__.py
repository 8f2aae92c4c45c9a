"""Vendors' clouds as local, stateful servers: the base that every vendor's emulator builds on.

``async with emulate("quectel", "tencent") as clouds:`` starts them on 127.0.0.1. A client for the real cloud runs
against one with nothing changed but the base URL and the app's credentials.
"""

from __future__ import annotations

from sharebind.emulator.app import Clouds, emulate, find_cloud
from sharebind.emulator.clock import EmulatedClock
from sharebind.emulator.cloud import Answer, Cloud, Request
from sharebind.emulator.contract import Contract, Parameter, judge_json, judge_text
from sharebind.emulator.faults import Fault, Faults
from sharebind.emulator.proxy import FaultProxy
from sharebind.emulator.routed import Call, RefusalError, Route, RoutedCloud, route
from sharebind.emulator.world import Device, Dice, Guess, GuessValue, Recorded, User, Violation

__all__ = [
    "Answer",
    "Call",
    "Cloud",
    "Clouds",
    "Contract",
    "Device",
    "Dice",
    "EmulatedClock",
    "Fault",
    "FaultProxy",
    "Faults",
    "Guess",
    "GuessValue",
    "Parameter",
    "Recorded",
    "RefusalError",
    "Request",
    "Route",
    "RoutedCloud",
    "User",
    "Violation",
    "emulate",
    "find_cloud",
    "judge_json",
    "judge_text",
    "route",
]
