"""Gizwits' calls and answers as pure functions: an operation becomes an ``HttpCall``, a reply becomes values.

``requests`` and ``envelope`` say how every call goes and comes, ``devices``, ``records`` and ``shares`` what is in the
answers, ``limits`` how much a list gives at once. Names, places and units are those of ``docs/contracts/gizwits.yaml``;
each function names its entry.
"""
