package org.mtl4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.data.Column;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;

/**
 * What is read from a table, what is saved of it, and what is said of its faults is the same whatever the language of
 * the machine: digits, decimal points, capital letters.
 */
class LanguageTest {
    private static final TableSchema SCHEMA = TableSchema.builder()
            .add(new Column.Number("AGE_IN", Scaling.STANDARD, true))
            .categories("title")
            .label(Label.classes("buys", "buys", List.of("no", "yes")))
            .label(Label.flags("is", "is"))
            .label(Label.yesWhere("single", "status", "SINGLE", "single "))
            .missing("?")
            .weight("w")
            .build();

    private static final String HEADER = "AGE_IN,title,buys,is,status,w\n";
    private static final String GOOD =
            HEADER + "20.5,I,no,1,SINGLE,1\n30,ı,yes,0,İ,2\n1e2,i,no,1,x,0.5\n?,True,yes,?,,1\n";

    private static final List<String> BAD = List.of(
            "",
            "AGE_IN\n",
            "AGE_IN;title;buys;is;status;w\n",
            HEADER + "1,2\n",
            HEADER + "20.5,x,no,1,SINGLE,1\ntwelve,I,no,1,SINGLE,1\n",
            HEADER + "20.5,x,no,1,SINGLE,1\n1,x,No,1,SINGLE,1\n",
            HEADER + "20.5,x,no,1,SINGLE,1\n1,x,no,3,SINGLE,1\n",
            HEADER + "20.5,x,no,1,SINGLE,-1\n",
            HEADER + "20.5,x,no,1,SINGLE,1e39\n",
            HEADER + "1e300,x,no,1,SINGLE,1\n",
            HEADER + "20.5,x,no,1,SINGLE,1\n1,\"x\"x,no,1,SINGLE,1\n",
            HEADER + "20.5,x,no,1,SINGLE,1\n1,x,no,1,SINGLE,\"1\n",
            HEADER + "20.5,x,no,1,SINGLE,1\n1,x,no,1,SINGLE,1" + "0".repeat(300) + "\n",
            HEADER + "20.5,x,no,1,SINGLE,1\n1,\u0000,no,1,SINGLE,1\n",
            HEADER + GOOD.repeat(3),
            HEADER + "٢٠,x,no,1,SINGLE,1\n");

    private static final List<String> BAD_ARFF = List.of(
            "@ATTRIBUTE AGE_IN\n",
            "@ATTRIBUTE AGE_IN INTEGER\n@DATA\n1,2\n",
            "@ATTRIBUTE AGE_IN INTEGER\n@DATA\n{12 2}\n",
            "@ATTRIBUTE AGE_IN INTEGER\n@DATA\n{0 2, 0 3}\n",
            "@ATTRIBUTE AGE_IN {I,i}\n@DATA\nı\n",
            "@ATTRIBUTE AGE_IN RELATIONAL\n");

    private final Locale usual = Locale.getDefault();

    @AfterEach
    void restoreLanguage() {
        Locale.setDefault(usual);
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What is read, saved and said. */
    private static Map<String, String> said(String language) throws IOException {
        Locale.setDefault(Locale.forLanguageTag(language));
        Map<String, String> said = new LinkedHashMap<>();
        TableReader reader = TableReader.csv().withMaxRowLength(200).withMaxRows(10);
        Table table = reader.read(stream(GOOD), "people", SCHEMA);
        TableEncoding encoding = table.fitEncoding();
        said.put("table", table.toString());
        for (int row = 0; row < table.rows(); row++) {
            said.put("row " + row, List.of(table.row(row)[1]) + " " + table.line(row));
        }
        said.put("schema", SCHEMA + SCHEMA.toJson());
        said.put("encoding", encoding.toJson());
        said.put("batch", table.batches(encoding).next().toString());
        said.put("guess", reader.guess(stream(GOOD), "people", "buys", "is").toString());
        TableSchema ofTwo =
                TableSchema.builder().numbers("AGE_IN").categories("title").build();
        String arff = "@RELATION I\n@ATTRIBUTE AGE_IN INTEGER\n@ATTRIBUTE title STRING\n@DATA\n{0 12}\n";
        Table sparse = TableReader.arff().read(stream(arff), "people", ofTwo);
        said.put("arff", String.valueOf(sparse.value(0, "AGE_IN")));
        for (String text : BAD) {
            said.put(text, String.valueOf(catchThrowable(() -> reader.read(stream(text), "people", SCHEMA)
                    .batches(encoding))));
        }
        for (String text : BAD_ARFF) {
            said.put(text, String.valueOf(catchThrowable(() -> TableReader.arff()
                    .read(
                            stream(text),
                            "people",
                            TableSchema.builder().categories("AGE_IN").build()))));
        }
        for (Object value : new Object[] {true, 7, 7.5, 1e300, List.of(1), "x"}) {
            said.put(value.getClass() + " " + value, String.valueOf(catchThrowable(() -> {
                String features = encoding.features(List.of(Map.of("AGE_IN", value, "title", value)))
                        .toString();
                throw new IllegalStateException(features);
            })));
        }
        return said;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"tr-TR", "ar-EG", "ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "th-TH-u-ca-buddhist-nu-thai", "de-DE"})
    void tables_have_no_language(String language) throws IOException {
        Map<String, String> english = said("en-US");
        assertThat(english.get(BAD.get(10))).contains("people, line 3: "); // or others would have no line either
        assertThat(english).allSatisfy((what, text) -> assertThat(text).as(what).isNotEqualTo("null"));
        assertThat(said(language)).isEqualTo(english);
    }

    @Test
    void the_languages_differ_where_text_is_for_people() {
        Locale.setDefault(Locale.forLanguageTag("hi-IN-u-nu-deva"));
        assertThat("%d".formatted(12)).isEqualTo("१२"); // or the test above would test nothing
    }
}
