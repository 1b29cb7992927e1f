package org.mtl4j.image;

import com.google.common.collect.ImmutableMap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;

/** Tells by its first bytes what a file is that is no JPEG or PNG image, so that a message can say it. */
final class OtherFile {
    private static final int LOOKED_AT = 64;

    private static final Map<Pattern, String> FORMS = ImmutableMap.<Pattern, String>builder()
            .put(Pattern.compile("RIFF....WEBP.*", Pattern.DOTALL), "a WebP image")
            .put(Pattern.compile("....ftyp(avif|avis).*", Pattern.DOTALL), "an AVIF image")
            .put(Pattern.compile("....ftyp(hei|hev|mif1|msf1).*", Pattern.DOTALL), "a HEIF image, as telephones write")
            .put(Pattern.compile("(\u00ff\n|\0\0\0\fJXL ).*", Pattern.DOTALL), "a JPEG XL image")
            .put(Pattern.compile("(\u00ffO\u00ffQ|\0\0\0\fjP  ).*", Pattern.DOTALL), "a JPEG 2000 image")
            .put(Pattern.compile("GIF8[79]a.*", Pattern.DOTALL), "a GIF image")
            .put(Pattern.compile("(II\\*\0|MM\0\\*).*", Pattern.DOTALL), "a TIFF image, or of a camera's raw form")
            .put(Pattern.compile("BM....\0\0\0\0.*", Pattern.DOTALL), "a BMP image")
            .put(Pattern.compile("P[1-7]\\s.*", Pattern.DOTALL), "a PBM, PGM or PPM image")
            .put(Pattern.compile("%PDF-.*", Pattern.DOTALL), "a PDF document")
            .put(Pattern.compile("PK\u0003\u0004.*", Pattern.DOTALL), "a ZIP archive")
            .put(Pattern.compile("\u001f\u008b.*", Pattern.DOTALL), "compressed by gzip")
            .put(Pattern.compile("version https://git-lfs.*", Pattern.DOTALL), "a pointer of Git LFS, not its file")
            .put(Pattern.compile("\\s*(<\\?xml.*)?<svg.*", Pattern.DOTALL), "an SVG drawing")
            .put(Pattern.compile("(?i)\\s*<(!doctype )?html.*", Pattern.DOTALL), "a page of HTML")
            .build();

    private OtherFile() {}

    /** {@return what is said of a file behind "not a JPEG or PNG image"; nothing where it is not known} */
    static String hint(byte[] bytes) {
        if (bytes.length == 0) {
            return ": it is empty";
        }
        String first = new String(Arrays.copyOf(bytes, Math.min(bytes.length, LOOKED_AT)), StandardCharsets.ISO_8859_1);
        return FORMS.entrySet().stream()
                .filter(form -> form.getKey().matcher(first).matches())
                .map(form -> ": it is " + form.getValue())
                .findFirst()
                .orElse("");
    }
}
