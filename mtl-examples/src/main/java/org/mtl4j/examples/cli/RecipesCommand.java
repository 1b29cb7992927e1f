package org.mtl4j.examples.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the recipes. */
@Command(
        name = "recipes",
        mixinStandardHelpOptions = true,
        description = "Lists the recipes that train knows: their options, and the figures to expect.")
final class RecipesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter console = spec.commandLine().getOut();
        for (Recipe recipe : Recipe.all()) {
            console.printf("%s, version %s%n  %s%n", recipe.name(), recipe.version(), recipe.description());
            console.printf("  options: %s%n", String.join(" ", recipe.options()));
            for (Recipe.Figures figures : recipe.expected()) {
                console.printf(
                        Locale.ROOT,
                        "  %s: mean error %.2f %%, failures %.1f %%",
                        figures.how(),
                        figures.meanError(),
                        figures.failureRate());
                figures.accuracy()
                        .forEach((task, accuracy) -> console.printf(Locale.ROOT, ", %s %.1f %%", task, accuracy));
                console.println();
            }
            console.println();
        }
        console.println("train --recipe NAME --corpus DIR --out FILE; any option given beside it has the last word");
        console.flush();
        return 0;
    }
}
