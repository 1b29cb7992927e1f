package org.mtl4j.examples.testing;

/** Parts of a report's HTML, to be looked for. */
public final class ReportHtml {
    private ReportHtml() {}

    /** {@return the beginning of a table's row: the name of the row and its first cells} */
    public static String row(String name, String... cells) {
        StringBuilder row = new StringBuilder("<th scope=\"row\">").append(name).append("</th>");
        for (String cell : cells) {
            row.append("<td>").append(cell).append("</td>");
        }
        return row.toString();
    }
}
