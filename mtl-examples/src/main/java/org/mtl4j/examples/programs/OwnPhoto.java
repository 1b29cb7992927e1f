package org.mtl4j.examples.programs;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Point;
import org.mtl4j.image.GrayImage;
import org.mtl4j.image.ImageDecoder;

/**
 * The points of a face on your own photo. The model is one that {@code mtl-examples train} has saved; the box is where
 * a face detector, or you, see the face.
 */
public final class OwnPhoto {
    private OwnPhoto() {}

    /** Predicts the points of the face in this box, in pixels of the photo. */
    public static Landmarks run(Dl4jModel model, Path photo, Box face) throws IOException {
        // A file from outside: the decoder refuses what is no image, or too large.
        GrayImage gray = ImageDecoder.standard().decode(photo);
        // The face is cut out as the training faces were; the model says how.
        FaceCrop crop = FaceCrop.fromMap(model.properties());
        double[] relative =
                model.predict(crop.toArray(gray, face)).of("landmarks").toDoubleVector();
        return Landmarks.fromRelative(relative, face); // from fractions of the box to pixels
    }

    /** Draws the points on the photo and writes it as PNG. */
    public static void draw(Path photo, Landmarks points, Path png) throws IOException {
        BufferedImage read = ImageIO.read(photo.toFile());
        BufferedImage image = new BufferedImage(read.getWidth(), read.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = image.createGraphics();
        canvas.drawImage(read, 0, 0, null);
        canvas.setColor(Color.GREEN);
        for (LandmarkName name : LandmarkName.values()) {
            Point point = points.get(name);
            canvas.fillOval((int) Math.round(point.x()) - 1, (int) Math.round(point.y()) - 1, 3, 3);
        }
        canvas.dispose();
        ImageIO.write(image, "png", png.toFile());
    }

    /** Runs {@code OwnPhoto MODEL PHOTO left,top,right,bottom PNG}. */
    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            System.err.println("usage: OwnPhoto MODEL PHOTO left,top,right,bottom PNG");
            return;
        }
        double[] sides = Arrays.stream(args[2].split(","))
                .mapToDouble(Double::parseDouble)
                .toArray();
        Box face = new Box(sides[0], sides[1], sides[2], sides[3]);
        Landmarks points = run(Dl4jModel.load(Path.of(args[0])), Path.of(args[1]), face);
        System.out.println(points);
        draw(Path.of(args[1]), points, Path.of(args[3]));
    }
}
