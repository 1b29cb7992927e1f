package org.mtl4j.examples.cli;

import java.util.List;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.examples.report.EnumName;

/** Shows for people how a model encodes the rows of a table. */
final class TableText {
    private TableText() {}

    static String of(TableEncoding encoding) {
        StringBuilder text = new StringBuilder("rows of a table: %s categories, %s numbers%n"
                .formatted(encoding.categorySizes().size(), encoding.numbers()));
        List<Column.Category> categories = encoding.schema().categories();
        for (int i = 0; i < categories.size(); i++) {
            text.append("category %-20s %s codes%n"
                    .formatted(
                            categories.get(i).name(), encoding.categorySizes().get(i)));
        }
        for (Column.Number number : encoding.schema().numbers()) {
            text.append("number   %-20s %s%s%n"
                    .formatted(
                            number.name(),
                            EnumName.inWords(number.scaling()),
                            number.missingIndicator() ? ", and whether it is missing" : ""));
        }
        for (Label label : encoding.schema().labels()) {
            text.append("label    %-20s of %s%n".formatted(label.task(), String.join(", ", label.columns())));
        }
        encoding.schema().weight().ifPresent(weight -> text.append("weight   %s%n".formatted(weight)));
        return text.toString();
    }
}
