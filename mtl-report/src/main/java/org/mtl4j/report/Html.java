package org.mtl4j.report;

/** Puts text into HTML and SVG. */
public final class Html {
    private Html() {}

    /** {@return the text as it has to stand between tags, and in attributes in double quotes} */
    public static String text(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(isOfXml(c) ? c : '\ufffd');
            }
        }
        return escaped.toString();
    }

    /** Control characters have no place in XML, which SVG files are. */
    private static boolean isOfXml(char c) {
        return c >= ' ' || c == '\t' || c == '\n' || c == '\r';
    }
}
