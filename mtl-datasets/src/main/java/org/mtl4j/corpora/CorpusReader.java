package org.mtl4j.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.image.ImageDecoder;

/**
 * Reads corpora of faces as they are published, and tables of one's own:
 *
 * <pre>{@code
 * FaceParts wflw = CorpusReader.standard().wflw(Path.of("WFLW"));
 * FaceCorpus ibug = CorpusReader.standard().pts(Path.of("300w/ibug"));
 * FaceCorpus mine = CorpusReader.standard().csv(Path.of("photos"), Path.of("faces.csv"), layout);
 * }</pre>
 *
 * <p>Images are read later, when they are needed, as their pixels are stored: EXIF orientation is ignored unless the
 * decoder turns images upright, and the first image that does not lie as it is seen is warned of. Several faces of one
 * photo are samples with {@code #1}, {@code #2} and so on behind the path in their ids, and stay on one side of a
 * split. What a list does not say of a face is unknown. Faces without a box have none;
 * {@link org.mtl4j.faces.FaceSample#withBoxFromLandmarks} makes one.
 *
 * @param decoder reads the images, within its limits of pixels and bytes
 * @param skipReport where lines and files that break their form are reported and left out; empty if the first of them
 *     is to be an exception. A list that is no text, too long, or has no good line at all is an exception in any case
 * @param geometryCheck whether a list whose points and boxes make no sense as a whole is refused, as numbers in another
 *     order or unit make none; looks at faces of which the usual five points are known, and is kept by the corpora that
 *     are read
 */
public record CorpusReader(ImageDecoder decoder, Optional<SkipReport> skipReport, GeometryCheck geometryCheck) {

    /** Checks that none is null. */
    public CorpusReader {
        Objects.requireNonNull(decoder, "decoder");
        Objects.requireNonNull(skipReport, "skipReport");
        Objects.requireNonNull(geometryCheck, "geometryCheck");
    }

    /**
     * {@return {@link ImageDecoder#standard}, the first fault is an exception, and a list that makes no sense as a
     * whole is refused}
     */
    public static CorpusReader standard() {
        return new CorpusReader(ImageDecoder.standard(), Optional.empty(), GeometryCheck.REFUSE);
    }

    /**
     * {@return this reader with other limits for images, or one that turns them upright}
     *
     * @param decoder with its limits
     */
    public CorpusReader withDecoder(ImageDecoder decoder) {
        return new CorpusReader(decoder, skipReport, geometryCheck);
    }

    /**
     * {@return this reader, leaving out what is broken and saying so in the report}
     *
     * @param report is added to
     */
    public CorpusReader withSkipReport(SkipReport report) {
        return new CorpusReader(decoder, Optional.of(report), geometryCheck);
    }

    /**
     * {@return this reader with another answer to lists whose points and boxes make no sense as a whole}
     *
     * @param check whether they are refused
     */
    public CorpusReader withGeometryCheck(GeometryCheck check) {
        return new CorpusReader(decoder, skipReport, check);
    }

    /**
     * Reads the {@code .pts} files of 300-W (Sagonas et al., "300 Faces in-the-Wild Challenge", ICCV workshops 2013) in
     * a folder and the folders below it: 68 points a face, one file for each, beside an image of the same name that
     * ends in {@code .jpg}, {@code .jpeg} or {@code .png}. Points count from 1 there, as in MATLAB: 1 is subtracted.
     *
     * <p>The faces come in the order of the paths. 300-W gives a photo with several faces one copy for each, called
     * {@code 1051618982_1}, {@code image_003_1} and so on: names of at least six digits, or "image_" and three, with a
     * number of one or two digits behind them are faces of one photo, and stay on one side of a split; so are a name
     * and that with {@code _mirror} behind it.
     *
     * @param directory the folder, as {@code helen/trainset}
     * @return the faces, without boxes
     * @throws CorpusFormatException if a file breaks its form, or has no image beside it, and is not to be skipped; if
     *     the points make no sense as a whole, see {@link GeometryCheck}
     * @throws IOException if there is no such folder, there are no such files, or one cannot be read
     */
    public FaceCorpus pts(Path directory) throws IOException {
        return pts(directory, LandmarkScheme.IBUG_68);
    }

    /**
     * Does what {@link #pts(Path)} does with files of other points.
     *
     * @param directory the folder
     * @param scheme which points the files have
     * @return the faces, without boxes
     * @throws CorpusFormatException as {@link #pts(Path)}
     * @throws IOException as {@link #pts(Path)}
     */
    public FaceCorpus pts(Path directory, LandmarkScheme scheme) throws IOException {
        return new PtsFiles(this, directory, scheme).read();
    }

    /**
     * Loads WFLW as it is unpacked: images below {@code WFLW_images}, and in
     * {@code WFLW_annotations/list_98pt_rect_attr_train_test} the lists {@code list_98pt_rect_attr_train.txt} and
     * {@code list_98pt_rect_attr_test.txt}. A photo that is in both lists is warned of.
     *
     * @param directory the folder that has both
     * @return training and testing faces
     * @throws CorpusFormatException as {@link #wflwList}
     * @throws IOException if a list is missing, is a link that leads out of the folder, or cannot be read
     */
    public FaceParts wflw(Path directory) throws IOException {
        return WflwList.load(this, directory);
    }

    /**
     * Reads a list of WFLW (Wu et al., "Look at Boundary", CVPR 2018, as its {@code README} says): lines of 207 fields
     * separated by blanks, {@code x1 y1 … x98 y98 left top right bottom pose expression illumination make-up occlusion
     * blur path}, each of the six attributes 0 or 1. Points and boxes are taken as they stand.
     *
     * @param images where the paths in the list start
     * @param list may lie anywhere
     * @return the faces, of the layout {@link FaceLayout#WFLW}, in the order in which photos are first named
     * @throws CorpusFormatException if the list breaks its form, and is not to be skipped; if points and boxes make no
     *     sense as a whole, see {@link GeometryCheck}
     * @throws IOException if the list cannot be read
     */
    public FaceCorpus wflwList(Path images, Path list) throws IOException {
        return new WflwList(this, images, list).read();
    }

    /**
     * Loads CelebA's aligned images (Liu et al., "Deep Learning Face Attributes in the Wild", ICCV 2015), 178 x 218
     * pixels each. Lists are looked for in the folder and in {@code Anno} and {@code Eval} below it, as {@code .txt}
     * and as the {@code .csv} of the same names that are passed on, too: {@code list_landmarks_align_celeba} (points),
     * {@code list_attr_celeba} (attributes, each 1 or -1), of which one must be there, and {@code list_eval_partition}
     * (0 training, 1 validation, 2 testing); without it all faces are training faces. Images are looked for in
     * {@code img_align_celeba}, in the folder or in {@code Img} below it.
     *
     * <p>The boxes of {@code list_bbox_celeba} are those of the images before they were aligned, and are not read here:
     * the faces have none. Coordinates are taken as they stand.
     *
     * @param directory the folder
     * @return the parts, of the layout {@link FaceLayout#CELEBA}; where the list of attributes names others, with those
     * @throws CorpusFormatException if a list breaks its form, or an image of one list is not in the partition, and is
     *     not to be skipped; if the points make no sense as a whole, see {@link GeometryCheck}
     * @throws IOException if the lists are not there, are links that lead out of the folder, or cannot be read
     */
    public FaceParts celebA(Path directory) throws IOException {
        return new CelebALists(this, directory, true).read();
    }

    /**
     * Loads CelebA's images in the wild as {@link #celebA} loads the aligned ones, from {@code list_landmarks_celeba}
     * and {@code img_celeba}, with the boxes of {@code list_bbox_celeba} ({@code x_1 y_1 width height}; right and
     * bottom edge are their sums). A box without width or height, of which there are some, is none.
     *
     * @param directory the folder
     * @return as {@link #celebA}
     * @throws CorpusFormatException as {@link #celebA}
     * @throws IOException as {@link #celebA}
     */
    public FaceParts celebAInTheWild(Path directory) throws IOException {
        return new CelebALists(this, directory, false).read();
    }

    /**
     * Reads one of the tables that AFLW is passed on as: that of 19 points of HRNet's authors
     * ({@code face_landmarks_aflw_train.csv}: {@code image_name, scale, box_size, center_w, center_h, original_0_x,
     * original_0_y, …}), or that of 21 points under the names of the database ({@code FILENAME, FACE_X, FACE_Y,
     * FACE_WIDTH, FACE_HEIGHT, LeftBrowLeftCorner_X, …}), where points that are not to be seen are left empty.
     * Otherwise as {@link #csv}.
     *
     * @param images where the paths in the table start
     * @param csv the table
     * @return the faces, of the layout {@link FaceLayout#AFLW_19} or {@link FaceLayout#AFLW_21}
     * @throws CorpusFormatException as {@link #csv}
     * @throws IOException as {@link #csv}
     */
    public FaceCorpus aflw(Path images, Path csv) throws IOException {
        return PointTable.aflw(this, images, csv);
    }

    /**
     * Reads a table of comma-separated values, a row for each face, whose first row names the columns. Capitals do not
     * matter, columns that mean nothing here are passed over, and a first name may begin with {@code #}:
     *
     * <ul>
     *   <li>the image, relative to the folder of images: one of {@code image, image_name, image_id, filename, file,
     *       path}
     *   <li>points: two columns for each of the layout, its name with {@code _x} and {@code _y} behind it, blanks as
     *       {@code _} or as they are: {@code left_eye_x}; or {@code original_0_x, original_0_y, …} in the order of the
     *       layout, as in the tables of HRNet's authors for 300-W, COFW, AFLW and WFLW
     *   <li>a box: {@code left, top, right, bottom}; or {@code x, y, width, height}, also with {@code face_} before
     *       them; or {@code center_w, center_h} with {@code box_size}, the side of a square in pixels, or with
     *       {@code scale}, that side in 200 pixels
     *   <li>attributes: a column of the name, with the names of classes
     * </ul>
     *
     * <p>A number or class that is left empty, or is {@code nan}, is unknown, and so is a point whose coordinates are
     * both 0 or both -1. Coordinates are 0-based pixels, taken as they stand.
     *
     * @param images where the paths in the table start
     * @param csv the table
     * @param layout points and attributes; columns may be missing for all points and for any attribute
     * @return the faces, in the order of the rows but for those of one photo, which come together
     * @throws CorpusFormatException if a row breaks the form, and is not to be skipped; if the columns are not those of
     *     the layout; if points and boxes make no sense as a whole, see {@link GeometryCheck}
     * @throws IOException if the table cannot be read
     */
    public FaceCorpus csv(Path images, Path csv, FaceLayout layout) throws IOException {
        return new PointTable(this, images, csv, layout).read();
    }
}
