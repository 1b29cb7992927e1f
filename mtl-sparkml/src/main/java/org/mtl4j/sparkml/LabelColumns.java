package org.mtl4j.sparkml;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/**
 * The labels of one task as an encoding of their own, without features: what a column of predictions carries along, so
 * that an evaluator can read the labels beside it.
 */
final class LabelColumns {
    /** Under which metadata of a column have it. */
    static final String KEY = "org.mtl4j.labels";

    /** An encoding has to have a feature; this one is read of no table. */
    static final String NO_FEATURE = "(no feature)";

    private LabelColumns() {}

    static String json(Label label, TableEncoding encoding) {
        Label known = label;
        if (label instanceof Label.Classes of) {
            List<String> classes = encoding.task(of.task()).classNames();
            known = new Label.Classes(of.task(), of.column(), classes, of.classOf(), of.otherwise());
        }
        if (label instanceof Label.Numbers of) {
            known = of.withScaling(Scaling.NONE); // predictions in a column are in the units of the labels
        }
        TableSchema.Builder schema = TableSchema.builder()
                .numbers(NO_FEATURE)
                .label(known)
                .missing(encoding.schema().missing().toArray(String[]::new));
        encoding.schema().weight().ifPresent(schema::weight);
        TableSchema of = schema.build();
        return TableEncoding.fitter(of)
                .add(new @Nullable Object[of.usedColumns().size()])
                .build()
                .toJson();
    }
}
