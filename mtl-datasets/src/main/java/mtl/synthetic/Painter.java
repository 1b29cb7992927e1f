package mtl.synthetic;

import mtl.image.GrayImage;

final class Painter {
    private final Canvas canvas;

    Painter(Traits traits, Head head, int width, int height, Dice dice) {
        canvas = new Canvas(width, height);
    }

    GrayImage paint() {
        return canvas.finish();
    }
}
