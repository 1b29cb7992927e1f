package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Where sources lie. Class files would not tell: a package-info without annotations leaves none. */
class SourceTreeTest {
    @ParameterizedTest
    @EnumSource(Module.class)
    void every_package_says_what_lives_there(Module module) {
        assertThat(packagesOf(module)).isNotEmpty().allSatisfy(folder -> assertThat(folder.resolve("package-info.java"))
                .content()
                .contains("/**"));
    }

    /**
     * In what users see nothing is null but what is marked {@code @Nullable}. In internal packages of mtl-dl4j, full of
     * arrays and maps of Deeplearning4j's that may be null, no such promise is made.
     */
    @ParameterizedTest
    @MethodSource("libraries")
    void packages_of_libraries_say_that_nothing_is_null(Module module) {
        assertThat(packagesOf(module))
                .filteredOn(folder -> module == Module.API || !folder.toString().contains("internal"))
                .isNotEmpty()
                .allSatisfy(folder -> assertThat(folder.resolve("package-info.java"))
                        .content()
                        .contains("\n@NullMarked\npackage "));
    }

    static List<Module> libraries() {
        return Module.LIBRARIES;
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void a_module_holds_only_its_own_packages(Module module) {
        Path sources = Sources.mainOf(module);
        assertThat(packagesOf(module))
                .extracting(folder -> sources.relativize(folder)
                        .toString()
                        .replace(folder.getFileSystem().getSeparator(), "."))
                .allMatch(name ->
                        module.packages().stream().anyMatch(root -> name.equals(root) || name.startsWith(root + ".")));
    }

    /** The module system refuses two modules with one package. */
    @Test
    void no_package_is_in_two_modules() {
        assertThat(Arrays.stream(Module.values())
                        .flatMap(module -> packagesOf(module).stream().map(Sources.mainOf(module)::relativize)))
                .hasSizeGreaterThan(Module.values().length)
                .doesNotHaveDuplicates();
    }

    private static List<Path> packagesOf(Module module) {
        return Sources.javaIn(Sources.mainOf(module)).stream()
                .map(Path::getParent)
                .distinct()
                .toList();
    }
}
