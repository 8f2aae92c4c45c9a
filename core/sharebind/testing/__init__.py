"""For tests of hosts and adapters; it comes with the extra ``testing``.

``pytest_plugins = ["sharebind.testing.fixtures"]`` in a ``conftest.py`` gives the fixture ``clouds``. Nothing here is
loaded by being installed.
"""
