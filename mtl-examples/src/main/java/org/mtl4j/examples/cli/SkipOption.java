package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.mtfl.MtflReader;
import picocli.CommandLine.Option;

/** The option to leave out what is broken in a corpus, and what was left out. */
final class SkipOption {
    private static final int SHOWN = 10;

    @Option(
            names = "--skip-broken",
            description = "leaves out lines and images of the corpus that are broken, and tells how many")
    private boolean skip;

    private final SkipReport report = new SkipReport();

    MtflReader reader() {
        return skip ? MtflReader.standard().skippingInto(report) : MtflReader.standard();
    }

    FaceCrops cut(FaceCrops.Builder crops) throws IOException {
        return (skip ? crops.skippingInto(report) : crops).cut();
    }

    /** Says what was left out, if anything. */
    void print(PrintWriter console) {
        if (report.count() > 0) {
            console.printf("%d broken lines and faces left out:%n", report.count());
            report.skipped().stream().limit(SHOWN).forEach(skipped -> console.println("  " + skipped));
            if (report.count() > SHOWN) {
                console.println("  …");
            }
            console.flush();
        }
    }

    /** How many were left out, for the description of a run. */
    Optional<String> describe() {
        return report.count() > 0 ? Optional.of(report.count() + " broken left out") : Optional.empty();
    }
}
