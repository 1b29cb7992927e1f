package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import org.mtl4j.corpora.CorpusReader;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.mtfl.MtflReader;
import picocli.CommandLine.Option;

/** Lets a command leave out what is broken in a corpus, and counts what was left out. */
final class SkipBrokenOption {
    private static final int SHOWN = 10;

    @Option(
            names = "--skip-broken",
            description = "leaves out lines and images of the corpus that are broken, and tells how many")
    private boolean skip;

    @Option(
            names = "--any-geometry",
            description = "takes faces whose points and boxes make no sense as a whole, with a warning; by default they"
                    + " are refused")
    private boolean anyGeometry;

    private final SkipReport report = new SkipReport();

    /** {@return a reader that leaves out what is broken, or fails on it, as the options say} */
    MtflReader reader() {
        MtflReader reader =
                MtflReader.standard().withGeometryCheck(anyGeometry ? GeometryCheck.WARN : GeometryCheck.REFUSE);
        return skip ? reader.withSkipReport(report) : reader;
    }

    /** {@return a reader of other corpora than MTFL's, that does so as well} */
    CorpusReader corpusReader() {
        CorpusReader reader =
                CorpusReader.standard().withGeometryCheck(anyGeometry ? GeometryCheck.WARN : GeometryCheck.REFUSE);
        return skip ? reader.withSkipReport(report) : reader;
    }

    /** Cuts faces out, without those that cannot be, or fails on them, as the option says. */
    FaceCrops crop(FaceCrops.Builder crops) throws IOException {
        return (skip ? crops.skipReport(report) : crops).cut();
    }

    /** Prints what was left out, if anything. */
    void print(PrintWriter console) {
        if (report.count() > 0) {
            console.printf("%s broken lines and faces left out:%n", report.count());
            report.skipped().stream().limit(SHOWN).forEach(skipped -> console.println("  " + skipped));
            if (report.count() > SHOWN) {
                console.println("  …");
            }
            console.flush();
        }
    }

    /** {@return how many lines and faces were left out so far} */
    long skipped() {
        return report.count();
    }
}
