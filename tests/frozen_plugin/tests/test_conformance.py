from sharebind.testing.suite import ConformanceSuite

from sharebind_lumen.rig import LumenRig


class TestLumen(ConformanceSuite):
    make_rig = LumenRig
