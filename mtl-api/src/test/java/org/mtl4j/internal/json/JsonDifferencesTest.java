package org.mtl4j.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;

class JsonDifferencesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":1,\"b\":2}|{\"b\":3,\"a\":1}|[b: there 2, here 3]",
                "{\"a\":{\"b\":1}}|{\"a\":{}}|[a.b: there 1, here nothing]",
                "{\"a\":[1,2]}|{\"a\":[1,3]}|[a: there [1,2], here [1,3]]",
                "{\"a\":[1,2,3,4,5,6,7,8,9]}|{\"a\":[1,2,3,4,5,6,7,8,0]}|[a[8]: there 9, here 0]",
                "{\"a\":[{\"name\":\"x\",\"n\":1},{\"name\":\"y\",\"n\":1}]}|"
                        + "{\"a\":[{\"name\":\"x\",\"n\":1},{\"name\":\"y\",\"n\":2}]}|[a[y].n: there 1, here 2]",
                "{\"a\":[{\"name\":\"x\"}]}|{\"a\":[{\"name\":\"z\"}]}|[a[0].name: there \"x\", here \"z\"]",
                "{\"a\":[{\"name\":\"x\"},{\"name\":\"y\"}]}|"
                        + "{\"a\":[{\"name\":\"y\"}]}|[a[x]: there {\"name\":\"x\"}, here nothing]",
                "{\"a\":[{\"task\":{\"name\":\"t\",\"n\":1}}]}|"
                        + "{\"a\":[{\"task\":{\"name\":\"t\",\"n\":2}}]}|[a[t].task.n: there 1, here 2]",
                "{\"c\":\"{\\\"k\\\":1}\"}|{\"c\":\"{\\\"k\\\":2}\"}|[c.k: there 1, here 2]",
                "{\"c\":\"{no\"}|{\"c\":\"{no json\"}|[c: there \"{no\", here \"{no json\"]",
                "1|2|[all: there 1, here 2]",
                "{\"a\":[1,{\"b\":2}]}|{\"a\":[1,{\"b\":2}]}|[]"
            })
    void each_place_that_differs_is_named(String there, String here, String expected) throws JsonProcessingException {
        assertThat(JsonDifferences.of(MAPPER.readTree(there), MAPPER.readTree(here)))
                .hasToString(expected);
    }

    @Test
    void there_is_one_line_for_each_place() throws JsonProcessingException {
        assertThat(JsonDifferences.of(
                        MAPPER.readTree("{\"a\":1,\"b\":{\"c\":2}}"),
                        MAPPER.readTree("{\"a\":2,\"b\":{\"c\":3},\"d\":4}")))
                .extracting(JsonDifferences.Difference::path)
                .containsExactly("a", "b.c", "d");
    }
}
