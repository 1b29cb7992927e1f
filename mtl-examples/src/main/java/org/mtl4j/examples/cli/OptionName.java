package org.mtl4j.examples.cli;

import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** Writes and reads constants of enumerations as the command line and the files of runs have them: {@code smooth-l1}. */
final class OptionName {
    private OptionName() {}

    /** {@return the name of a constant in small letters, with hyphens} */
    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Lets every option of a command and its subcommands whose type is an enumeration be read by these names. */
    static void registerConverters(CommandLine line) {
        for (OptionSpec option : line.getCommandSpec().options()) {
            if (option.type().isEnum()) {
                register(line, option.type().asSubclass(Enum.class));
            }
        }
        line.getSubcommands().values().forEach(OptionName::registerConverters);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a class of an enumeration, of which nothing more is known
    private static void register(CommandLine line, Class<? extends Enum> type) {
        line.registerConverter((Class) type, text -> parse(type, text));
    }

    private static Object parse(Class<?> type, String text) {
        Enum<?>[] constants = (Enum<?>[]) type.getEnumConstants();
        return Arrays.stream(constants)
                .filter(constant -> of(constant).equalsIgnoreCase(text.replace('_', '-')))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'%s' is none of %s"
                        .formatted(
                                text,
                                Arrays.stream(constants).map(OptionName::of).toList())));
    }
}
