package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableSchema;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;

/** Reads the files of the Adult data set, with two tasks: who earns much, and who has never been married. */
final class AdultFiles {
    static final String INCOME = "income";
    static final String SINGLE = "never-married";

    private static final TableReader READER = TableReader.csv()
            .withComment('|') // as in the first line of adult.test
            .withHeader(("age workclass fnlwgt education education-num marital-status occupation relationship race"
                            + " sex capital-gain capital-loss hours-per-week native-country income")
                    .split(" "));
    private static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
            .categories("age", "workclass", "education", "occupation", "relationship", "race", "sex", "native-country")
            .label(Label.yesWhere(INCOME, INCOME, ">50K", ">50K."))
            .label(Label.yesWhere(SINGLE, "marital-status", "Never-married"))
            .missing("?")
            .build();

    private AdultFiles() {}

    /** Reads {@code adult.data} or {@code adult.test}. */
    static Table read(Path file) throws IOException {
        return READER.read(file, SCHEMA);
    }
}
