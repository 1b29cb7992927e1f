package org.mtl4j.examples.cli;

import java.nio.file.Path;

/** The program of {@link WithoutFontsTest}. */
final class WithoutFonts {
    private WithoutFonts() {}

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        String[] faces = {"--faces", "60", "--epochs", "2"};
        System.out.println("code " + run(faces, "train", "--variant", "split", "--live", "--out", folder + "/m.zip"));
        System.out.println("code " + run(faces, "poster", "--variants", "split", "--out", folder + "/poster"));
        System.out.flush();
    }

    private static int run(String[] faces, String... options) {
        String[] all = new String[options.length + faces.length];
        System.arraycopy(options, 0, all, 0, options.length);
        System.arraycopy(faces, 0, all, options.length, faces.length);
        return Main.run(all);
    }
}
