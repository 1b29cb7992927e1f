package org.mtl4j.dl4j.internal.model;

import java.util.List;
import java.util.stream.Collectors;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.json.JsonDifferences;
import org.mtl4j.internal.json.JsonDifferences.Difference;
import org.mtl4j.internal.json.SavedForm;

/** Says in what two encodings of tables differ. */
public final class EncodingDifferences {
    private static final int MOST = 4;

    private EncodingDifferences() {}

    /** {@return what differs in each of the two, as "There: ... Here: ..."} */
    public static String of(TableEncoding there, TableEncoding here) {
        List<Difference> all = JsonDifferences.of(
                SavedForm.parse(there.toJson(), "there").node(),
                SavedForm.parse(here.toJson(), "here").node());
        String more = all.size() > MOST ? "; and %s more".formatted(all.size() - MOST) : "";
        List<Difference> shown = all.subList(0, Math.min(MOST, all.size()));
        return "There: %s%s. Here: %s%s"
                .formatted(
                        shown.stream().map(d -> d.path() + " " + d.there()).collect(Collectors.joining("; ")),
                        more,
                        shown.stream().map(d -> d.path() + " " + d.here()).collect(Collectors.joining("; ")),
                        more);
    }
}
