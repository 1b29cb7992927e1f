package org.mtl4j.sparkml;

import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.table.PackedRows;
import org.mtl4j.spark.DealtRows;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Makes batches of the encoded rows of a table. */
final class TableDecoder implements DealtRows.Decoder {
    private static final long serialVersionUID = 1L;

    private final Broadcast<SentEncoding> encoding;
    private transient @Nullable PackedRows packed;

    TableDecoder(Broadcast<SentEncoding> encoding) {
        this.encoding = encoding;
    }

    @Override
    public synchronized MultiDataSet batch(List<byte[]> rows) {
        PackedRows known = packed;
        if (known == null) {
            known = new PackedRows(encoding.value().get());
            packed = known;
        }
        return known.batch(rows.stream().map(known::ofBytes).toList(), List.of());
    }
}
