"""Tencent Cloud IoT Explorer, application-side API (``tokenapi``).

Every fact is from the vendor's contract, ``docs/contracts/tencent.yaml``; nothing was tried against the live service.
"""
