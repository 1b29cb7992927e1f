package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ND4J throws, as it was seen, and what a user is told. */
class BackendFailureTest {
    /** As ND4J wraps whatever happens while natives are loaded. */
    private static Throwable wrapped(Throwable cause) {
        UnsatisfiedLinkError outer = new UnsatisfiedLinkError("no jniopenblas_nolapack in java.library.path: /usr/lib");
        outer.initCause(cause);
        return new ExceptionInInitializerError(new RuntimeException("ND4J is probably missing dependencies.", outer));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Native Library /a/libjnind4jcpu.so already loaded in another classloader | run the applications in"
                        + " processes of their own",
                "/a/libjniopenblas_nolapack.so: failed to map segment from shared object |"
                        + " -Dorg.bytedeco.javacpp.cachedir",
                "/a/libx.so: libgomp.so.1: cannot open shared object file: No such file or directory | libgomp1",
                "/a/libx.so: libcudart.so.11.0: cannot open shared object file | lacks the library libcudart.so.11.0",
                "/a/libjninolapack.so: libopenblas_nolapack.so.0: cannot open shared object file | MB left: make room",
                "/lib/libc.so.6: version `GLIBC_2.27' not found (required by /a/libnd4jcpu.so) | it lacks GLIBC_2.27",
                "/lib/libstdc++.so.6: version `GLIBCXX_3.4.26' not found | it lacks GLIBCXX_3.4.26",
                "/a/libx.so: wrong ELF class: ELFCLASS32 (Possible cause: architecture word width mismatch) |"
                        + " for another processor or system",
                "/a/libx.so: file too short | delete that folder",
                "Error relocating /a/libx.so: __strdup: symbol not found | musl",
                "C:\\a\\jnind4jcpu.dll: Can't find dependent libraries | Visual C++ Redistributable",
            })
    void each_message_of_the_linker_has_its_remedy(String message, String remedy) {
        assertThat(BackendFailure.explain(wrapped(new UnsatisfiedLinkError(message))))
                .startsWith("The ND4J backend does not start: ")
                .contains(remedy)
                .endsWith("Cause: java.lang.UnsatisfiedLinkError: " + message);
    }

    /** As in a container with a root that is read-only. */
    @Test
    void a_folder_for_natives_that_is_passed_over_is_named() {
        String property = "org.bytedeco.javacpp.cachedir";
        String usual = System.getProperty(property);
        Throwable failure = wrapped(new UnsatisfiedLinkError("/a/libx.so: failed to map segment from shared object"));
        assertThat(BackendFailure.explain(failure)).doesNotContain("cannot be written to");
        System.setProperty(property, "/proc/natives");
        try {
            assertThat(BackendFailure.explain(failure))
                    .contains("cachedir=FOLDER (the one that is named, /proc/natives, cannot be written to, and");
        } finally {
            if (usual == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, usual);
            }
        }
    }

    @Test
    void a_jvm_that_denies_access_is_told_by_the_option() {
        assertThat(BackendFailure.explain(wrapped(new IllegalCallerException("Illegal native access from a module"))))
                .contains("--enable-native-access=ALL-UNNAMED");
        UnsupportedOperationException unsafe = new UnsupportedOperationException("arrayBaseOffset");
        unsafe.setStackTrace(
                new StackTraceElement[] {new StackTraceElement("sun.misc.Unsafe", "arrayBaseOffset", null, 1)});
        assertThat(BackendFailure.explain(new ExceptionInInitializerError(unsafe)))
                .contains("--sun-misc-unsafe-memory-access=allow");
    }

    @Test
    void a_jar_that_is_missing_or_of_another_version_is_told() {
        assertThat(BackendFailure.explain(new NoClassDefFoundError("org/bytedeco/javacpp/Loader")))
                .contains("a class is missing", "org/bytedeco/javacpp/Loader");
        assertThat(BackendFailure.explain(new NoSuchMethodError("'void org.nd4j.A.b()'")))
                .contains("of one version", "org.nd4j.A.b()");
    }

    @Test
    void what_failed_before_says_so_and_what_is_not_known_is_passed_on() {
        assertThat(BackendFailure.explain(
                        new NoClassDefFoundError("Could not initialize class org.nd4j.linalg.factory.Nd4j")))
                .contains("first used in this process");
        assertThat(BackendFailure.explain(wrapped(new IllegalStateException("half a backend"))))
                .contains("an unexpected failure. Cause: java.lang.IllegalStateException: half a backend");
    }

    /** Here the backend is registered, so that its service file must have been lost. */
    @Test
    void a_backend_that_is_there_and_not_registered_is_named() {
        Exception none = new org.nd4j.linalg.factory.Nd4jBackend.NoAvailableBackendException("none");
        assertThat(BackendFailure.explain(new ExceptionInInitializerError(new RuntimeException(none))))
                .contains("Backend is on the class path", "ServicesResourceTransformer");
    }

    @Test
    void a_class_loader_without_backends_is_told_from_one_with_them() {
        assertThat(BackendCheck.registers(BackendCheck.class.getClassLoader())).isTrue();
        assertThat(BackendCheck.registers(ClassLoader.getPlatformClassLoader())).isFalse();
        assertThat(BackendCheck.registers(null)).isFalse();
    }
}
