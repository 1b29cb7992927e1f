package org.mtl4j.dl4j.internal.assembly;

import java.util.List;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.api.buffer.DataType;

/** Refuses more codes than a data type can tell apart. */
final class CodeRange {
    private CodeRange() {}

    /**
     * Looks whether all codes of an input are whole numbers of a type.
     *
     * @param input its name, for the message
     * @throws IllegalArgumentException if there are more
     */
    static void require(String input, Shape shape, DataType type) {
        List<Integer> sizes = shape.match(
                image -> List.of(),
                vector -> List.of(),
                sequence -> List.of(),
                Shape.Categories::sizes,
                tokens -> List.of(tokens.vocabulary()));
        long most = most(type);
        for (int table = 0; table < sizes.size(); table++) {
            if (sizes.get(table) > most) {
                throw new IllegalArgumentException(
                        ("input '%s'%s: %s codes, and data type %s tells no more than %s whole numbers apart; train"
                                        + " with a wider type, or leave rare values to code 0")
                                .formatted(
                                        input,
                                        shape instanceof Shape.Tokens ? "" : ", column " + table,
                                        sizes.get(table),
                                        type,
                                        most));
            }
        }
    }

    /** Up to how many whole numbers from 0 a type has without gaps. */
    private static long most(DataType type) {
        return switch (type) {
            case HALF -> 1L << 11;
            case FLOAT -> 1L << 24;
            default -> Long.MAX_VALUE;
        };
    }
}
