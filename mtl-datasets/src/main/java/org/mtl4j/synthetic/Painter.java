package org.mtl4j.synthetic;

import org.mtl4j.faces.Glasses;
import org.mtl4j.image.GrayImage;

/**
 * Paints one face from back to front: background, hair behind the head, neck, head, features, hair in front, glasses,
 * something in the way; then light, blur and noise. All draw from one sequence of random numbers, so their order
 * decides what comes out.
 */
final class Painter {

    private static final int LEFT = -1;
    private static final int RIGHT = 1;

    private final Picture picture;

    Painter(Picture picture) {
        this.picture = picture;
    }

    GrayImage paint() {
        HairPainter hair = new HairPainter(picture);
        HeadPainter head = new HeadPainter(picture);
        EyePainter eyes = new EyePainter(picture);
        NoseAndMouthPainter centre = new NoseAndMouthPainter(picture);
        AccessoryPainter accessories = new AccessoryPainter(picture);
        Photographer photographer = new Photographer(picture);

        new BackgroundPainter(picture).background();
        hair.hairBehind();
        head.body();
        head.ears();
        head.face();
        hair.scalp();
        head.shading();
        hair.beard();
        eyes.eye(LEFT);
        eyes.eye(RIGHT);
        eyes.brow(LEFT);
        eyes.brow(RIGHT);
        centre.nose();
        centre.mouth();
        centre.folds();
        hair.hairInFront();
        if (picture.traits.glasses == Glasses.GLASSES) {
            accessories.glasses();
        }
        if (picture.random.chance(0.07)) {
            accessories.obstacle();
        }
        photographer.light();
        photographer.camera();
        return picture.canvas.finish();
    }
}
