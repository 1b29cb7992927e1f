package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostBuildTest {
    /** The texts of two builds of 1.0.0-M2.1 for Linux. */
    @Test
    void a_build_says_whether_it_has_onednn() {
        String plain = "GCC: \"7.5.0\"\nSTD version: 201103L\nDEFAULT_ENGINE:"
                + " samediff::ENGINE_CPU\nHAVE_FLATBUFFERS\nHAVE_OPENBLAS";
        assertThat(HostBuild.lacksFastConvolution(plain)).isTrue();
        assertThat(HostBuild.lacksFastConvolution(plain + "\nHAVE_ONEDNN")).isFalse();
    }
}
