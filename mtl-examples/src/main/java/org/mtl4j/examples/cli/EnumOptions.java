package org.mtl4j.examples.cli;

import java.util.Arrays;
import org.mtl4j.examples.report.EnumName;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** Reads options whose type is an enumeration, by the names that {@link EnumName} writes. */
final class EnumOptions {
    private EnumOptions() {}

    /** Lets every option of a command and its subcommands whose type is an enumeration be read by these names. */
    static void registerConverters(CommandLine line) {
        for (OptionSpec option : line.getCommandSpec().options()) {
            if (option.type().isEnum()) {
                register(line, option.type().asSubclass(Enum.class));
            }
        }
        line.getSubcommands().values().forEach(EnumOptions::registerConverters);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a class of an enumeration, of which nothing more is known
    private static void register(CommandLine line, Class<? extends Enum> type) {
        line.registerConverter((Class) type, text -> parse(type, text));
    }

    private static Object parse(Class<?> type, String text) {
        Enum<?>[] constants = (Enum<?>[]) type.getEnumConstants();
        return Arrays.stream(constants)
                .filter(constant -> EnumName.hyphenated(constant).equalsIgnoreCase(text.replace('_', '-')))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'%s' is none of %s"
                        .formatted(
                                text,
                                Arrays.stream(constants)
                                        .map(EnumName::hyphenated)
                                        .toList())));
    }
}
