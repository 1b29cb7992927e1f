package org.mtl4j.network;

import java.util.List;

/** What stands between the layers of towers and joins them at a place. */
public sealed interface Joint permits Stitch {

    /** {@return the name of the place, unique among the network's joints} */
    String place();

    /** {@return the towers that are joined there} */
    List<String> towers();
}
