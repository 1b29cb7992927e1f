package org.mtl4j.internal.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class VersionsTest {

    @Test
    void jars_that_maven_made_have_a_version() {
        assertThat(Versions.ofArtifact(Nd4j.class, "org.nd4j", "nd4j-api")).hasValue("1.0.0-M2.1");
        assertThat(Versions.ofArtifact(Nd4j.class, "org.nd4j", "no-such-thing")).isEmpty();
    }

    @Test
    void a_package_may_have_one() {
        assertThat(Versions.beside(VersionsTest.class)).hasValue("7.1");
        assertThat(Versions.beside(Nd4j.class)).isEmpty();
        assertThat(Versions.ofPackage(VersionsTest.class, "org.mtl4j.internal.io"))
                .hasValue("7.1");
        assertThat(Versions.ofPackage(VersionsTest.class, "org.mtl4j.nowhere")).isEmpty();
    }
}
