package org.mtl4j.examples.testing;

import java.io.IOException;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.xml.sax.SAXException;

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

    /** {@return how wide a drawing is, which must be well-formed} */
    public static int widthOf(Path svg) throws IOException {
        try {
            return Integer.parseInt(DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(svg.toFile())
                    .getDocumentElement()
                    .getAttribute("width"));
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(svg.toString(), e);
        }
    }
}
