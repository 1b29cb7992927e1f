package mtl.faces;

import java.io.IOException;
import java.util.stream.IntStream;

/**
 * The faces of a corpus, cut out and held in memory as gray levels. Immutable; any number of {@link FaceBatches} can read
 * from one. Made by {@link FaceCorpus#crops}.
 */
public final class FaceCrops {

    private final FaceCorpus corpus;
    private final FaceCrop crop;
    private final byte[][] gray;

    private FaceCrops(FaceCorpus corpus, FaceCrop crop, byte[][] gray) {
        this.corpus = corpus;
        this.crop = crop;
        this.gray = gray;
    }

    static FaceCrops cut(FaceCorpus corpus, FaceCrop crop) throws IOException {
        for (FaceSample sample : corpus.samples()) {
            if (sample.box().isEmpty()) {
                throw new IllegalArgumentException(("%s: no face box to cut out; "
                                + "FaceCorpus.map(FaceSample::withBoxFromLandmarks) makes boxes from landmarks")
                        .formatted(sample.id()));
            }
        }
        byte[][] gray = new byte[corpus.size()][];
        Exception[] faults = new Exception[corpus.size()];
        IntStream.range(0, corpus.size()).parallel().forEach(i -> {
            FaceSample sample = corpus.get(i);
            try {
                gray[i] = crop.cut(sample.image().load(), sample.box().orElseThrow());
            } catch (IOException | IllegalArgumentException e) {
                faults[i] = e;
            }
        });
        long count =
                IntStream.range(0, faults.length).filter(i -> faults[i] != null).count();
        for (int i = 0; i < faults.length; i++) {
            if (faults[i] != null) {
                throw new IOException(
                        "%d of %d faces cannot be cut out; the first, '%s': %s"
                                .formatted(count, faults.length, corpus.get(i).id(), faults[i].getMessage()),
                        faults[i]);
            }
        }
        return new FaceCrops(corpus, crop, gray);
    }

    /** The corpus that the faces come from, in the same order. */
    public FaceCorpus corpus() {
        return corpus;
    }

    /** How the faces were cut out. */
    public FaceCrop crop() {
        return crop;
    }

    /** Number of faces. */
    public int size() {
        return gray.length;
    }

    /** Batches of these faces; see {@link FaceBatches.Builder} for what must be said and what may be. */
    public FaceBatches.Builder batches() {
        return new FaceBatches.Builder(this);
    }

    /** Writes the scaled pixels of one face. */
    void write(int index, float[] to, int at) {
        crop.pixels().write(gray[index], 0, gray[index].length, to, at);
    }
}
