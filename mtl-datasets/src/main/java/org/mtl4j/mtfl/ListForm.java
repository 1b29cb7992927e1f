package org.mtl4j.mtfl;

/** The two forms of a list of faces. */
enum ListForm {
    /** Points and attributes (Zhang et al. 2014). */
    MTFL("path, x1 … x5, y1 … y5, gender, smile, glasses, pose"),
    /** Boxes and points (Sun et al. 2013). */
    CUHK("path, left, right, top, bottom, x1, y1 … x5, y5");

    private final String fields;

    ListForm(String fields) {
        this.fields = fields;
    }

    /** {@return the fields of a line, for messages} */
    String fields() {
        return fields;
    }
}
