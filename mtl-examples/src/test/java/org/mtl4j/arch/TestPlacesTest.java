package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A test lies where the class is that it is named for. */
class TestPlacesTest {
    /** Tests that lie elsewhere, each with the reason. */
    private static final ImmutableMap<String, String> ELSEWHERE = ImmutableMap.of(
            "LossesTest", "the losses themselves; internal.json.Losses, which writes them, is in SavedFormTest",
            "SchedulesTest",
                    "the schedules themselves; internal.json.Schedules, which writes them, is in SavedFormTest",
            "PooledConvolutionTest", "asks the layer that chooses the kernel, as training does");

    @ParameterizedTest
    @EnumSource(Module.class)
    void a_test_is_in_the_package_of_its_class(Module module) {
        Map<String, Path> classes = new HashMap<>();
        for (Path file : Sources.javaIn(Sources.mainOf(module))) {
            classes.put(nameOf(file), Sources.mainOf(module).relativize(file).getParent());
        }
        List<String> misplaced = new ArrayList<>();
        for (Path file : Sources.javaIn(Sources.testOf(module))) {
            Path itsClass = classes.get(nameOf(file).replaceFirst("Test$", ""));
            Path folder = Sources.testOf(module).relativize(file).getParent();
            if (nameOf(file).endsWith("Test")
                    && itsClass != null
                    && !itsClass.equals(folder)
                    && !ELSEWHERE.containsKey(nameOf(file))) {
                misplaced.add("%s belongs to %s".formatted(Sources.place(file, 1), itsClass));
            }
        }
        assertThat(misplaced).isEmpty();
        assertThat(ELSEWHERE.values()).noneMatch(String::isBlank);
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString().replaceFirst("\\.java$", "");
    }
}
