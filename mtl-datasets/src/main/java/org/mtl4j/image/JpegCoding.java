package org.mtl4j.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows the coded pixels of a JPEG file code by code, without computing pixels, to see whether all of them are there
 * and nothing else. Decoders pass over what is missing or strange with a warning, and mention the first one only: so
 * bytes that do no harm, as some between two segments, hide damage.
 *
 * <p>For Huffman-coded pictures of 8 bits, sequential and progressive: those that Java decodes. ITU-T T.81 has the
 * codes.
 */
final class JpegCoding {
    private static final int SEQUENTIAL = 0xc0;
    private static final int EXTENDED = 0xc1;
    private static final int PROGRESSIVE = 0xc2;
    private static final int LAST_FRAME = 0xcf;
    /** Between the markers of frames: Huffman tables, a reserved one, and conditions of arithmetic coding. */
    private static final Set<Integer> TABLE_MARKERS = Set.of(JpegSegments.HUFFMAN_TABLES, 0xc8, 0xcc);

    private static final int BLOCK = 64;
    private static final int RUN_OF_16 = 15;
    private static final int TABLES = 4;

    private final byte[] bytes;
    private final @Nullable HuffmanCode[] dc = new HuffmanCode[TABLES];
    private final @Nullable HuffmanCode[] ac = new HuffmanCode[TABLES];
    private int restartInterval;
    private int frame;
    private int width;
    private int height;
    private int mostAcross = 1;
    private int mostDown = 1;
    private final List<Component> components = new ArrayList<>();

    // a scan
    private final List<Component> scanned = new ArrayList<>();
    private int first;
    private int last;
    private int high;
    private int low;

    // where in the coded pixels
    private int at;
    private int end;
    private int current;
    private int bitsLeft;
    private int blocksOver;

    /** One component: its sampling, and which coefficients of each block are not zero so far. */
    private static final class Component {
        final int id;
        final int across;
        final int down;
        /** How far each coefficient has come: the position of its last bit that is known, -1 for none. */
        final int[] known = new int[BLOCK];

        int blocksAcross;
        int blocksPerRow;
        int blocksDown;
        long[] nonzero = {};
        int dcTable;
        int acTable;

        Component(int id, int across, int down) {
            this.id = id;
            this.across = across;
            this.down = down;
            Arrays.fill(known, -1);
        }
    }

    /** Says what is wrong with the coded pixels. */
    private static final class Damage extends Exception {
        private static final long serialVersionUID = 1L;

        Damage(String what) {
            super(what, null, false, false);
        }
    }

    private JpegCoding(byte[] bytes) {
        this.bytes = bytes;
    }

    /** {@return what is wrong with the coded pixels of the first picture of a file; empty if they are whole} */
    static Optional<String> damage(byte[] bytes) {
        try {
            new JpegCoding(bytes).follow();
            return Optional.empty();
        } catch (Damage e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private void follow() throws Damage {
        JpegSegments segments = new JpegSegments(bytes);
        int scans = 0;
        while (segments.next()) {
            int marker = segments.marker();
            if (marker == JpegSegments.HUFFMAN_TABLES) {
                readTables(segments.start(), segments.end());
            } else if (marker == JpegSegments.RESTART_INTERVAL) {
                restartInterval = number(segments.start(), segments.end());
            } else if (marker == SEQUENTIAL || marker == EXTENDED || marker == PROGRESSIVE) {
                readFrame(marker, segments.start(), segments.end());
            } else if (marker >= SEQUENTIAL && marker <= LAST_FRAME && !TABLE_MARKERS.contains(marker)) {
                throw new Damage("its pixels are coded in a rare way (frame %x), and something is wrong with them"
                        .formatted(marker));
            } else if (marker == JpegSegments.SCAN) {
                readScan(segments.start(), segments.end());
                at = segments.end();
                end = segments.position();
                followScan();
                scans++;
            }
        }
        require(segments.isWhole() && scans > 0, "it is cut off");
    }

    private static void require(boolean condition, String otherwise) throws Damage {
        if (!condition) {
            throw new Damage(otherwise);
        }
    }

    private int unsigned(int i, int limit) throws Damage {
        require(i < limit, "a segment is too short");
        return bytes[i] & 0xff;
    }

    private int number(int i, int limit) throws Damage {
        return unsigned(i, limit) << 8 | unsigned(i + 1, limit);
    }

    private void readTables(int start, int limit) throws Damage {
        int i = start;
        while (i < limit) {
            int place = unsigned(i, limit);
            require((place & 0x0f) < TABLES && place >> 4 <= 1, "a Huffman table has no such place");
            HuffmanCode code = new HuffmanCode(bytes, i + 1, limit);
            require(code.isWhole(), "a Huffman table is damaged");
            (place >> 4 == 0 ? dc : ac)[place & 0x0f] = code;
            i += 1 + code.length();
        }
    }

    private void readFrame(int marker, int start, int limit) throws Damage {
        require(components.isEmpty(), "it has two frames");
        frame = marker;
        height = number(start + 1, limit);
        width = number(start + 3, limit);
        int count = unsigned(start + 5, limit);
        for (int i = 0; i < count; i++) {
            int entry = start + 6 + 3 * i;
            int sampling = unsigned(entry + 1, limit);
            Component component = new Component(unsigned(entry, limit), sampling >> 4, sampling & 0x0f);
            require(
                    component.across >= 1 && component.across <= 4 && component.down >= 1 && component.down <= 4,
                    "a component has no such sampling");
            components.add(component);
            mostAcross = Math.max(mostAcross, component.across);
            mostDown = Math.max(mostDown, component.down);
        }
        for (Component component : components) {
            component.blocksAcross = blocks(width, component.across, mostAcross);
            component.blocksDown = blocks(height, component.down, mostDown);
            component.blocksPerRow = unitsAcross() * component.across;
            if (frame == PROGRESSIVE) {
                component.nonzero = new long[component.blocksPerRow * unitsDown() * component.down];
            }
        }
    }

    private static int blocks(int pixels, int sampling, int most) {
        return divided(divided(pixels * sampling, most), 8);
    }

    private static int divided(int a, int b) {
        return (a + b - 1) / b;
    }

    private int unitsAcross() {
        return divided(width, 8 * mostAcross);
    }

    private int unitsDown() {
        return divided(height, 8 * mostDown);
    }

    private void readScan(int start, int limit) throws Damage {
        int count = unsigned(start, limit);
        scanned.clear();
        for (int i = 0; i < count; i++) {
            int id = unsigned(start + 1 + 2 * i, limit);
            int tables = unsigned(start + 2 + 2 * i, limit);
            Component component = components.stream()
                    .filter(one -> one.id == id && !scanned.contains(one))
                    .findFirst()
                    .orElseThrow(() -> new Damage("a scan is of a component that is not there"));
            component.dcTable = tables >> 4 & 3;
            component.acTable = tables & 3;
            scanned.add(component);
        }
        require(count >= 1, "a scan is of no component");
        int rest = start + 1 + 2 * count;
        first = unsigned(rest, limit);
        last = unsigned(rest + 1, limit);
        high = unsigned(rest + 2, limit) >> 4;
        low = unsigned(rest + 2, limit) & 0x0f;
        if (frame == PROGRESSIVE) {
            require(
                    first <= last && last < BLOCK && (first == 0 ? last == 0 : count == 1),
                    "a scan is of no such coefficients");
            for (Component component : scanned) {
                progress(component);
            }
        }
    }

    /** Scans give the bits of a coefficient from the highest to the lowest. */
    private void progress(Component component) throws Damage {
        require(first == 0 || component.known[0] >= 0, "a scan comes before the one that it needs");
        for (int k = first; k <= last; k++) {
            require(high == Math.max(0, component.known[k]), "a scan comes before the one that it needs");
            component.known[k] = low;
        }
    }

    private void followScan() throws Damage {
        boolean single = scanned.size() == 1;
        int across = single ? scanned.get(0).blocksAcross : unitsAcross();
        int units = across * (single ? scanned.get(0).blocksDown : unitsDown());
        bitsLeft = 0;
        blocksOver = 0;
        for (int unit = 0; unit < units; unit++) {
            if (restartInterval > 0 && unit > 0 && unit % restartInterval == 0) {
                endInterval(true);
                restart(unit / restartInterval - 1 & 7);
            }
            if (single) {
                Component one = scanned.get(0);
                followBlock(one, unit / across * one.blocksPerRow + unit % across);
            } else {
                followUnit(unit / across, unit % across);
            }
        }
        endInterval(false);
        while (at < end && marker(at) >= 0) { // a restart behind the last unit does no harm
            at += 2;
        }
        require(at >= end, "its coded pixels go on behind the last of them");
    }

    private void followUnit(int row, int column) throws Damage {
        for (Component component : scanned) {
            for (int y = 0; y < component.down; y++) {
                for (int x = 0; x < component.across; x++) {
                    followBlock(
                            component,
                            (row * component.down + y) * component.blocksPerRow + column * component.across + x);
                }
            }
        }
    }

    private void followBlock(Component component, int block) throws Damage {
        if (frame != PROGRESSIVE) {
            skip(code(requireTable(dc[component.dcTable])));
            HuffmanCode table = requireTable(ac[component.acTable]);
            for (int k = 1; k < BLOCK; k++) {
                int symbol = code(table);
                if (symbol == 0) {
                    return;
                }
                k += symbol >> 4;
                require(k < BLOCK, "a run goes beyond its block");
                skip(symbol & 0x0f);
            }
        } else if (first == 0) {
            skip(high == 0 ? code(requireTable(dc[component.dcTable])) : 1);
        } else if (high == 0) {
            followFirst(component, block);
        } else {
            followRefinement(component, block);
        }
    }

    private void followFirst(Component component, int block) throws Damage {
        if (blocksOver > 0) {
            blocksOver--;
            return;
        }
        for (int k = first; k <= last; k++) {
            int symbol = code(requireTable(ac[component.acTable]));
            int run = symbol >> 4;
            if ((symbol & 0x0f) != 0) {
                k += run;
                require(k <= last, "a run goes beyond its block");
                skip(symbol & 0x0f);
                mark(component, block, k);
            } else if (run == RUN_OF_16) {
                k += run;
            } else {
                blocksOver = (1 << run) + bits(run) - 1;
                return;
            }
        }
    }

    private void followRefinement(Component component, int block) throws Damage {
        int k = first;
        if (blocksOver == 0) {
            for (; k <= last; k++) {
                int symbol = code(requireTable(ac[component.acTable]));
                int run = symbol >> 4;
                boolean value = (symbol & 0x0f) != 0;
                if (value) {
                    require((symbol & 0x0f) == 1, "a new coefficient is larger than its bit");
                    skip(1);
                } else if (run != RUN_OF_16) {
                    blocksOver = (1 << run) + bits(run);
                    break;
                }
                for (; k <= last; k++) {
                    if (isMarked(component, block, k)) {
                        skip(1);
                    } else if (--run < 0) {
                        break;
                    }
                }
                if (value) {
                    require(k <= last, "a run goes beyond its block");
                    mark(component, block, k);
                }
            }
        }
        if (blocksOver > 0) {
            for (; k <= last; k++) {
                if (isMarked(component, block, k)) {
                    skip(1);
                }
            }
            blocksOver--;
        }
    }

    private static boolean isMarked(Component component, int block, int k) {
        return block < component.nonzero.length && (component.nonzero[block] >> k & 1) != 0;
    }

    private static void mark(Component component, int block, int k) {
        if (block < component.nonzero.length) {
            component.nonzero[block] |= 1L << k;
        }
    }

    private static HuffmanCode requireTable(@Nullable HuffmanCode table) throws Damage {
        if (table == null) {
            throw new Damage("a Huffman table is missing");
        }
        return table;
    }

    /** Reads one code, bit by bit. */
    private int code(HuffmanCode table) throws Damage {
        int code = 0;
        for (int length = 1; length <= HuffmanCode.LONGEST; length++) {
            code = code << 1 | bit();
            int symbol = table.symbol(code, length);
            if (symbol >= 0) {
                return symbol;
            }
        }
        throw new Damage("a code is none of its Huffman table");
    }

    private void skip(int count) throws Damage {
        bits(count);
    }

    private int bits(int count) throws Damage {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 1 | bit();
        }
        return value;
    }

    private int bit() throws Damage {
        if (bitsLeft == 0) {
            require(at < end && marker(at) < 0, "coded pixels are missing");
            current = bytes[at] & 0xff;
            at += current == 0xff ? 2 : 1; // 0xff is followed by a 0 that does not count
            bitsLeft = 8;
        }
        bitsLeft--;
        return current >> bitsLeft & 1;
    }

    /** {@return the marker here, after any number of 0xff; -1 if there are coded pixels} */
    private int marker(int i) {
        if ((bytes[i] & 0xff) != 0xff) {
            return -1;
        }
        int next = i;
        while (next < end && (bytes[next] & 0xff) == 0xff) {
            next++;
        }
        return next >= end ? 0xff : bytes[next] == 0 && next == i + 1 ? -1 : bytes[next] & 0xff;
    }

    /**
     * Passes over what stands between the last unit and the next restart or the end of the scan. Bytes that somebody
     * has put there do no harm. If units are there, more are coded than the picture has, so that others were lost.
     *
     * @param within whether the scan goes on: nobody puts bytes there but to fill up
     */
    private void endInterval(boolean within) throws Damage {
        blocksOver = 0;
        int padding = current & (1 << bitsLeft) - 1;
        boolean padded = bitsLeft == 0 || padding == (1 << bitsLeft) - 1;
        int from = at;
        int next = from;
        boolean same = true;
        while (next < end && marker(next) < 0) {
            same &= bytes[next] == bytes[from];
            next += (bytes[next] & 0xff) == 0xff ? 2 : 1;
        }
        if (next > from) {
            require(same || padded && !within, "its coded pixels go on behind the last of them");
            require(!moreUnits(next), "more pixels are coded than it has");
        }
        at = next;
        bitsLeft = 0;
        blocksOver = 0;
    }

    /** {@return whether whole units follow, up to the end of the interval} */
    private boolean moreUnits(int intervalEnd) {
        int endOfScan = end;
        end = intervalEnd;
        try {
            while (true) {
                for (Component component : scanned) {
                    int blocks = scanned.size() == 1 ? 1 : component.across * component.down;
                    for (int i = 0; i < blocks; i++) {
                        int before = at * 8 - bitsLeft;
                        followBlock(component, Integer.MAX_VALUE);
                        if (at * 8 - bitsLeft == before && blocksOver == 0) {
                            return false;
                        }
                    }
                }
                if (at >= end && (current & (1 << bitsLeft) - 1) == (1 << bitsLeft) - 1) {
                    return true;
                }
            }
        } catch (Damage e) {
            return false;
        } finally {
            end = endOfScan;
        }
    }

    private void restart(int number) throws Damage {
        while (at < end && (bytes[at] & 0xff) == 0xff && at + 1 < end && (bytes[at + 1] & 0xff) == 0xff) {
            at++;
        }
        require(
                at + 1 < end && marker(at) == JpegSegments.FIRST_RESTART + number,
                "a restart of its coded pixels is missing or another one than expected");
        at += 2;
    }
}
