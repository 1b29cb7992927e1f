package org.mtl4j.synthetic;

import org.mtl4j.faces.Glasses;
import org.mtl4j.image.GrayImage;

/**
 * Paints one face from back to front: background, hair behind the head, neck, head, features, hair in front, glasses,
 * something in the way; then light, blur and noise. Lengths in head units unless said; see {@link Head}.
 */
final class Painter {

    private final Traits traits;
    private final Head head;
    private final RandomNumbers random;
    private final Canvas canvas;

    /** How much of each pixel belongs to the head; only there the light falls on a rounded body. */
    private final double[] skinMask;

    Painter(Traits traits, Head head, int width, int height, RandomNumbers random) {
        this.traits = traits;
        this.head = head;
        this.random = random;
        canvas = new Canvas(width, height);
        skinMask = new double[width * height];
    }

    GrayImage paint() {
        background();
        hairBehind();
        body();
        ears();
        face();
        beard();
        eye(-1);
        eye(1);
        brow(-1);
        brow(1);
        nose();
        mouth();
        folds();
        hairInFront();
        if (traits.glasses == Glasses.GLASSES) {
            glasses();
        }
        if (random.chance(0.07)) {
            obstacle();
        }
        light();
        camera();
        return canvas.finish();
    }

    private void background() {
        double base = random.uniform(0.1, 0.9);
        double rough = random.chance(0.6) ? random.uniform(0.05, 0.3) : 0.03;
        clouds(base, rough, random.below(20) + 10);
        int shapes = random.below(9);
        for (int i = 0; i < shapes; i++) {
            double x = random.uniform(-0.1, 1.1) * canvas.width;
            double y = random.uniform(-0.1, 1.1) * canvas.height;
            double w = random.uniform(3, 45);
            double h = random.uniform(3, 70);
            double slant = random.uniform(-20, 20);
            Outline shape = new Outline();
            if (random.chance(0.5)) {
                shape.add(x - w, y - h)
                        .add(x + w, y - h + slant)
                        .add(x + w, y + h)
                        .add(x - w, y + h - slant);
            } else {
                for (int k = 0; k < Circle.POINTS; k++) {
                    shape.add(x + w * Circle.COS[k], y + 0.7 * h * Circle.SIN[k]);
                }
            }
            canvas.contour(shape).fill(random.uniform(0, 1), random.uniform(0.2, 0.9));
        }
    }

    /** Smooth random gray: random values on a coarse grid, bilinear between them. */
    private void clouds(double base, double rough, int cell) {
        int columns = canvas.width / cell + 2;
        int rows = canvas.height / cell + 2;
        double[] grid = new double[columns * rows];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = base + rough * random.normal();
        }
        for (int y = 0; y < canvas.height; y++) {
            int row = y / cell * columns;
            double fy = (double) (y % cell) / cell;
            for (int x = 0; x < canvas.width; x++) {
                int i = row + x / cell;
                double fx = (double) (x % cell) / cell;
                double upper = grid[i] + (grid[i + 1] - grid[i]) * fx;
                double lower = grid[i + columns] + (grid[i + columns + 1] - grid[i + columns]) * fx;
                canvas.pixels[y * canvas.width + x] = upper + (lower - upper) * fy;
            }
        }
    }

    private void hairBehind() {
        if (traits.bald > 0.7) {
            return;
        }
        double volume = 1 + traits.hairVolume;
        if (traits.longHair) {
            double length = random.uniform(0.75, 2.0);
            double flare = random.uniform(0.85, 1.3);
            double half = traits.headWidth * volume;
            Outline mane = new Outline();
            for (int i = 0; i <= 12; i++) { // over the top from left to right
                double angle = StrictMath.PI * i / 12;
                head.addInSpace(
                        mane, -half * 1.06 * StrictMath.cos(angle), head.top() * volume * StrictMath.sin(angle), -0.1);
            }
            head.addInSpace(mane, half * flare * 1.1, length * 0.6, -0.2);
            head.addInSpace(mane, half * flare, length, -0.2);
            head.addInSpace(mane, -half * flare, length * random.uniform(0.9, 1.1), -0.2);
            head.addInSpace(mane, -half * flare * 1.1, length * 0.6, -0.2);
            canvas.contour(mane).fill(traits.hair, 1);
        } else {
            canvas.contour(head.outline(head.top(), 0.15, volume)).fill(traits.hair, 1);
        }
    }

    private void body() {
        double cloth = random.uniform(0.05, 0.95);
        double half = random.uniform(0.36, 0.5);
        double shade = traits.skin * random.uniform(0.6, 0.9);
        Outline neck = new Outline();
        head.addInSpace(neck, -half, 0.6, -0.25);
        head.addInSpace(neck, half, 0.6, -0.25);
        head.addInSpace(neck, half * 1.15, 2.2, -0.3);
        head.addInSpace(neck, -half * 1.15, 2.2, -0.3);
        canvas.contour(neck).fill(shade, 1);
        double shoulder = random.uniform(1.45, 1.75);
        double wide = random.uniform(1.2, 1.9);
        double collar = shoulder + random.uniform(-0.1, 0.5);
        Outline shirt = new Outline();
        head.addInSpace(shirt, -half, shoulder - 0.08, -0.3);
        head.addInSpace(shirt, 0, collar, 0);
        head.addInSpace(shirt, half, shoulder - 0.08, -0.3);
        head.addInSpace(shirt, wide, shoulder + 0.4, -0.3);
        head.addInSpace(shirt, wide * 1.2, 4, -0.3);
        head.addInSpace(shirt, -wide * 1.2, 4, -0.3);
        head.addInSpace(shirt, -wide, shoulder + 0.4, -0.3);
        canvas.contour(shirt).fill(cloth, 1);
    }

    private void ears() {
        double size = random.uniform(0.14, 0.2);
        double out = random.uniform(0.9, 1.08);
        boolean covered = traits.longHair && random.chance(0.7);
        if (covered) {
            return;
        }
        for (int side = -1; side <= 1; side += 2) {
            Outline ear = new Outline();
            for (int i = 0; i < Circle.POINTS; i++) {
                head.addInSpace(
                        ear,
                        side * (traits.headWidth * out + 0.09 * Circle.COS[i]),
                        0.17 + size * Circle.SIN[i],
                        -0.05 + 0.1 * Circle.COS[i] * side);
            }
            canvas.contour(ear).fill(traits.skin * 0.86, 1);
        }
    }

    private void face() {
        canvas.contour(head.outline(head.top(), head.chin(), 1)).resolve((index, coverage) -> {
            canvas.pixels[index] += (traits.skin - canvas.pixels[index]) * coverage;
            skinMask[index] = coverage;
        });
        if (traits.bald <= 0.7) {
            scalp();
        }
        // paler forehead and cheeks, darker under the brows and beside the nose
        soft(0, -0.35, 0.5, 0.22, 1.05);
        for (int side = -1; side <= 1; side += 2) {
            soft(side * traits.eyeHalfDistance, -0.05, 0.24, 0.16, 1 - 0.35 * traits.eyeShadow);
            soft(side * 0.40, 0.40, 0.19, 0.16, 1.06);
            soft(side * 0.15, 0.12, 0.07, 0.2, 0.93);
        }
    }

    /** Hair over the whole upper head, then the forehead before it. */
    private void scalp() {
        canvas.contour(head.outline(head.top(), -0.05, 1 + 0.5 * traits.hairVolume))
                .fill(traits.hair, 1);
        double front = traits.hairline - 0.3 * traits.bald;
        double peak = random.uniform(-0.08, 0.08);
        Outline forehead = new Outline();
        for (int i = 0; i <= 12; i++) { // along the hairline from left to right
            double t = i / 6.0 - 1;
            double temple = t * t * t * t;
            double y = front * (1 - temple) + 0.02 * temple + peak * (1 - 4 * Math.min(0.25, t * t));
            head.add(forehead, 0.97 * t * head.halfWidth(y), y);
        }
        for (double y = 0.2;
                y < 0.95;
                y += 0.25) { // the rest of the face: nodding brings the hair of the back before it
            head.add(forehead, 0.97 * head.halfWidth(y), y);
        }
        for (double y = 0.95; y > 0.1; y -= 0.25) {
            head.add(forehead, -0.97 * head.halfWidth(y), y);
        }
        canvas.contour(forehead).fill(traits.skin, 1);
    }

    /** A spot of three ellipses that gets weaker outwards. */
    private void soft(double x, double y, double halfWidth, double halfHeight, double factor) {
        double third = 1 + (factor - 1) / 3;
        for (int i = 1; i <= 3; i++) {
            double grown = 0.4 + 0.3 * i;
            canvas.contour(head.ellipse(x, y, halfWidth * grown, halfHeight * grown, 0))
                    .darken(third);
        }
    }

    private void beard() {
        if (traits.beard == 0) {
            return;
        }
        double stubble = 1 - (1 - Math.min(1, traits.hair / traits.skin + 0.15)) * traits.beard;
        Outline area = new Outline();
        double lip = head.mouthY() - 0.1;
        for (int i = 0; i <= 10; i++) { // along the jaw from left to right
            double t = i / 5.0 - 1;
            double y = 0.45 + (head.chin() - 0.47) * (1 - t * t);
            head.add(area, t * head.halfWidth(y) * 0.97, y);
        }
        head.add(area, 0.45, head.mouthY() - 0.08);
        head.add(area, 0.3, lip + 0.02);
        head.add(area, 0, head.mouthY() + 0.06);
        head.add(area, -0.3, lip + 0.02);
        head.add(area, -0.45, head.mouthY() - 0.08);
        canvas.contour(area).darken(stubble);
    }

    private void eye(int side) {
        double x = side * traits.eyeHalfDistance;
        double half = traits.eyeSize;
        double open = traits.eyeOpen * half * 0.52;
        Outline white = new Outline();
        Outline lid = new Outline();
        for (int i = 0; i <= 8; i++) { // upper lid
            double t = i / 4.0 - 1;
            double y = -open * (1 - t * t) - 0.012 * t * side;
            head.add(white, x + half * t, y);
            head.add(lid, x + half * 1.08 * t, y);
        }
        for (int i = 7; i > 0; i--) { // lower lid
            double t = i / 4.0 - 1;
            head.add(white, x + half * t, 0.7 * open * (1 - t * t) - 0.012 * t * side);
        }
        canvas.contour(white).fill(0.55 + 0.4 * traits.skin, 0.9);
        if (open > 0.012) {
            iris(x, half, open);
        }
        double line = (0.03 + 0.035 * traits.eyeShadow) * head.scale();
        canvas.contour(lid.stroke(line * 0.4, line, line * 0.5))
                .fill(0.1 * traits.skin + 0.04, 0.55 + 0.4 * traits.eyeShadow);
        // the fold above the lid, the bag below
        curve(x, -open - 0.06, half * 0.95, -0.025, 0.02, 0.75);
        curve(x, 0.7 * open + 0.07, half * 0.8, 0.03, 0.02, 1 - 0.3 * traits.wrinkles);
    }

    private void iris(double x, double half, double open) {
        double radius = half * 0.47;
        double centre = x + traits.gaze * (half - radius) * 0.6;
        Outline iris = new Outline();
        Outline pupil = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            double ix = centre + radius * Circle.COS[i];
            double t = (ix - x) / half;
            double room = Math.max(0, 1 - t * t);
            double iy = Math.max(-open * room, Math.min(0.7 * open * room, radius * Circle.SIN[i] - 0.1 * radius));
            head.add(iris, ix, iy);
            head.add(
                    pupil,
                    centre + 0.5 * radius * Circle.COS[i],
                    Math.max(-open, Math.min(0.7 * open, 0.5 * radius * Circle.SIN[i] - 0.1 * radius)));
        }
        canvas.contour(iris).fill(0.12 + 0.25 * traits.hair, 0.95);
        canvas.contour(pupil).fill(0.02, 0.8);
    }

    /** A line over the face, bent by {@code bend}, that darkens by a factor. */
    private void curve(double x, double y, double half, double bend, double width, double factor) {
        Outline line = new Outline();
        for (int i = 0; i <= 6; i++) {
            double t = i / 3.0 - 1;
            head.add(line, x + half * t, y + bend * (1 - t * t));
        }
        double pixels = width * head.scale();
        canvas.contour(line.stroke(0, pixels, 0)).darken(factor);
    }

    private void brow(int side) {
        Outline line = new Outline();
        double half = traits.eyeSize * 1.35;
        for (int i = 0; i <= 6; i++) { // from the nose outwards
            double t = i / 3.0 - 1;
            double arch = traits.browArch * (0.7 - (t - 0.25) * (t - 0.25)) - traits.frown * t;
            head.add(line, side * (traits.eyeHalfDistance + 0.01 + half * t), -traits.browHeight - arch);
        }
        double width = traits.browThickness * head.scale();
        double gray = Math.min(traits.hair, 0.75 * traits.skin);
        canvas.contour(line.stroke(width, width * 0.95, width * 0.3)).fill(gray, 0.8);
    }

    private void nose() {
        double half = traits.noseWidth;
        double tip = traits.noseLength;
        double out = traits.noseOut;
        // the body of the nose, which in a turned face hides part of the cheek behind it
        Outline ridge = new Outline();
        head.add(ridge, -0.06, 0.0, 0.06);
        head.add(ridge, 0.06, 0.0, 0.06);
        head.add(ridge, 0.07, tip * 0.6, out * 0.72);
        head.add(ridge, 0.09, tip - 0.04, out);
        head.add(ridge, 0.05, tip + 0.06, out * 0.93);
        head.add(ridge, -0.05, tip + 0.06, out * 0.93);
        head.add(ridge, -0.09, tip - 0.04, out);
        head.add(ridge, -0.07, tip * 0.6, out * 0.72);
        Outline wings = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            head.add(
                    wings,
                    half * Circle.COS[i],
                    tip + 0.03 + 0.09 * Circle.SIN[i],
                    out * (0.5 - 0.1 * Math.abs(Circle.COS[i])));
        }
        canvas.contour(wings).resolve((index, coverage) -> {
            canvas.pixels[index] += (traits.skin * 0.93 - canvas.pixels[index]) * coverage;
            skinMask[index] = Math.max(skinMask[index], coverage);
        });
        double bright = random.uniform(1.0, 1.1);
        canvas.contour(ridge.hull()).resolve((index, coverage) -> {
            canvas.pixels[index] += (traits.skin * bright - canvas.pixels[index]) * coverage * 0.85;
            skinMask[index] = Math.max(skinMask[index], coverage);
        });
        // one side in the shade, the shadow below, the nostrils
        int shaded = random.chance(0.5) ? 1 : -1;
        Outline shade = new Outline();
        head.add(shade, shaded * 0.06, 0.02, 0.05);
        head.add(shade, shaded * 0.08, tip * 0.6, out * 0.65);
        head.add(shade, shaded * 0.1, tip - 0.03, out * 0.9);
        head.add(shade, shaded * (half + 0.01), tip + 0.03, out * 0.35);
        head.add(shade, shaded * 0.15, tip * 0.5, 0.05);
        canvas.contour(shade.hull()).darken(random.uniform(0.72, 0.97));
        canvas.contour(head.ellipse(0, tip + 0.12, half * 0.95, 0.05, out * 0.35))
                .darken(random.uniform(0.6, 0.9));
        for (int side = -1; side <= 1; side += 2) {
            canvas.contour(head.ellipse(side * 0.075, tip + 0.075, 0.045, 0.028, out * 0.7))
                    .darken(random.uniform(0.15, 0.5));
        }
        canvas.contour(head.ellipse(0, tip, 0.05, 0.045, out)).darken(random.uniform(1.0, 1.18));
    }

    private void mouth() {
        double half = traits.mouthHalfWidth;
        double corner = head.cornerY();
        double middle = head.mouthY();
        double open = traits.mouthOpen;
        double full = traits.lipFullness;
        Outline upper = new Outline();
        Outline lower = new Outline();
        Outline gap = new Outline();
        for (int i = 0; i <= 10; i++) {
            double t = i / 5.0 - 1;
            double room = 1 - t * t;
            double line = corner + (middle - corner) * room; // where the lips meet
            double bow = full * (0.9 * room + 0.25 * (Math.abs(t) < 0.3 ? Math.abs(t) / 0.3 - 1 : 0));
            head.add(upper, half * t, line - open * 0.35 * room - bow, 0.03 * room);
            head.add(gap, half * t, line - open * 0.35 * room, 0.03 * room);
        }
        for (int i = 10; i >= 0; i--) {
            double t = i / 5.0 - 1;
            double room = 1 - t * t;
            double line = corner + (middle - corner) * room;
            head.add(upper, half * t, line - open * 0.35 * room, 0.03 * room);
            head.add(gap, half * t, line + open * 0.65 * room, 0.02 * room);
            head.add(lower, half * t, line + open * 0.65 * room, 0.02 * room);
        }
        for (int i = 0; i <= 10; i++) {
            double t = i / 5.0 - 1;
            double room = 1 - t * t;
            double line = corner + (middle - corner) * room;
            head.add(lower, half * t, line + (open * 0.65 + full * 1.35) * room, 0.02 * room);
        }
        if (traits.moustache > 0) {
            canvas.contour(head.ellipse(0, (traits.noseLength + middle) / 2 + 0.06, half * 1.0, 0.075, 0.05))
                    .darken(1 - (1 - Math.min(1, traits.hair / traits.skin + 0.1)) * traits.moustache);
        }
        double lips = traits.skin * traits.lipGray;
        canvas.contour(upper).fill(lips * 0.92, 0.9);
        canvas.contour(lower).fill(lips * 1.04, 0.85);
        if (open > 0) {
            boolean teeth = traits.cornerLift > 0.03 ? random.chance(0.9) : random.chance(0.3);
            canvas.contour(gap).fill(teeth ? 0.62 + 0.33 * traits.skin : 0.1, 0.95);
        }
        Outline line = new Outline();
        for (int i = 0; i <= 8; i++) {
            double t = i / 4.0 - 1;
            double room = 1 - t * t;
            head.add(line, half * 1.02 * t, corner + (middle - corner) * room - open * 0.35 * room, 0.02 * room);
        }
        double width = head.scale() * 0.04;
        canvas.contour(line.stroke(width * 0.6, width, width * 0.6)).darken(0.35);
        curve(0, middle + open * 0.65 + full * 1.35 + 0.05, half * 0.6, 0.015, 0.04, 0.88);
    }

    /** The folds from the nose to beside the mouth, deeper in a smile. */
    private void folds() {
        double depth = 1 - 0.4 * traits.wrinkles;
        for (int side = -1; side <= 1; side += 2) {
            Outline fold = new Outline();
            double end = traits.mouthHalfWidth + 0.07;
            head.add(fold, side * (traits.noseWidth + 0.02), traits.noseLength - 0.02);
            head.add(fold, side * (traits.noseWidth + 0.5 * (end - traits.noseWidth) + 0.05), traits.noseLength + 0.11);
            head.add(fold, side * end, head.cornerY() - 0.04);
            head.add(fold, side * (end + 0.01), head.cornerY() + 0.06);
            double width = head.scale() * 0.035;
            canvas.contour(fold.stroke(width, width, 0)).darken(depth);
        }
    }

    private void hairInFront() {
        if (traits.bald > 0.7) {
            return;
        }
        if (traits.fringe > 0) {
            double part = random.uniform(-0.5, 0.5);
            double wave = random.uniform(0, 0.06);
            Outline fringe = new Outline();
            for (int i = 0; i <= 12; i++) {
                double t = i / 6.0 - 1;
                double y = traits.hairline - 0.06 * (1 - t * t);
                head.add(fringe, 0.88 * t * head.halfWidth(y), y, 0.03);
            }
            for (int i = 12; i >= 0; i--) {
                double t = i / 6.0 - 1;
                double y =
                        traits.hairline + traits.fringe * (1 - 0.5 * Math.abs(t - part)) + wave * StrictMath.sin(9 * t);
                head.add(fringe, 0.9 * t * head.halfWidth(y), y, 0.03);
            }
            canvas.contour(fringe).fill(traits.hair, 1);
        }
        if (traits.longHair) {
            double width = random.uniform(0.02, 0.24);
            double down = random.uniform(0.5, 1.3);
            for (int side = -1; side <= 1; side += 2) {
                Outline lock = new Outline();
                head.addInSpace(lock, side * traits.headWidth * 1.1, -0.6, 0.2);
                head.addInSpace(lock, side * traits.headWidth * (1.12 + traits.hairVolume), down, 0.1);
                head.add(lock, side * (head.halfWidth(0.5) * 0.98 - width * 0.5), 0.5);
                head.add(lock, side * (traits.headWidth - width), 0.0);
                head.add(lock, side * (traits.headWidth * 0.75), -0.5);
                canvas.contour(lock.hull()).fill(traits.hair * random.uniform(0.9, 1.1), 1);
            }
        }
        strands();
    }

    /** Lighter and darker lines in the hair. */
    private void strands() {
        int count = 3 + random.below(5);
        for (int i = 0; i < count; i++) {
            double x = random.uniform(-0.6, 0.6);
            Outline strand = new Outline();
            head.addInSpace(strand, x * 0.6, head.top() * 0.97, 0.2);
            head.add(strand, x * 0.8, head.top() * 0.8, 0.03);
            head.add(strand, x, Math.min(-0.6, traits.hairline - 0.12), 0.03);
            double width = head.scale() * 0.05;
            canvas.contour(strand.stroke(width * 0.5, width, width * 0.3)).darken(random.uniform(0.7, 1.25));
        }
    }

    private void glasses() {
        boolean dark = random.chance(0.14);
        double rim = random.uniform(0.02, 0.06);
        double gray = random.chance(0.25) ? random.uniform(0.5, 0.9) : random.uniform(0, 0.2);
        double opacity = random.uniform(0.4, 1);
        double half = random.uniform(0.21, 0.29);
        double high = half * random.uniform(0.55, 0.95);
        double square = random.uniform(0, 0.25);
        double down = random.uniform(-0.02, 0.1);
        double out = 0.1;
        double tint = dark ? random.uniform(0.7, 0.97) : random.uniform(0, 0.12);
        double glare = random.chance(0.25) ? random.uniform(0.15, 0.6) : 0;
        double middle = Math.max(traits.eyeHalfDistance, half + 0.06);
        for (int side = -1; side <= 1; side += 2) {
            Outline lens = rim(side * middle, down, half, high, square, out);
            canvas.contour(lens).fill(dark ? 0.05 : 0.8, tint);
            if (glare > 0) {
                canvas.contour(head.ellipse(side * middle + 0.06, down - high * 0.3, half * 0.4, high * 0.35, out))
                        .fill(1, glare);
            }
            canvas.contour(rim(side * middle, down, half + rim, high + rim, square, out))
                    .contour(lens.reversed())
                    .fill(gray, opacity);
            Outline temple = new Outline();
            head.add(temple, side * (middle + half), down - 0.06, out);
            head.addInSpace(temple, side * traits.headWidth * 1.02, down - 0.05, 0.05);
            double width = head.scale() * (rim + 0.015);
            canvas.contour(temple.stroke(width, width, width)).fill(gray, opacity);
        }
        Outline bridge = new Outline();
        head.add(bridge, -middle + half, down - 0.04, out);
        head.add(bridge, 0, down - 0.09, out + 0.1);
        head.add(bridge, middle - half, down - 0.04, out);
        double width = head.scale() * (rim + 0.015);
        canvas.contour(bridge.stroke(width, width, width)).fill(gray, opacity);
    }

    /** An ellipse, the more like a rectangle the larger {@code square}. */
    private Outline rim(double x, double y, double halfWidth, double halfHeight, double square, double out) {
        Outline rim = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            double c = Circle.COS[i];
            double s = Circle.SIN[i];
            double grown = 1 + square * 4 * c * c * s * s;
            head.add(rim, x + halfWidth * c * grown, y + halfHeight * s * grown, out);
        }
        return rim;
    }

    /** A hand, a microphone, a scarf: something before the face, at its lower edge or side. */
    private void obstacle() {
        double angle = random.uniform(-0.4, StrictMath.PI + 0.4);
        double x = traits.headWidth * random.uniform(0.75, 1.2) * StrictMath.cos(angle);
        double y = 0.35 + random.uniform(0.75, 1.05) * StrictMath.sin(angle);
        double w = random.uniform(0.12, 0.38);
        double h = random.uniform(0.12, 0.5);
        double slant = random.uniform(-0.3, 0.3);
        Outline thing = new Outline();
        for (int i = 0; i < Circle.POINTS; i++) {
            double c = Circle.COS[i];
            double s = Circle.SIN[i];
            head.addInSpace(thing, x + w * c + slant * s, y + h * s, 1.2);
        }
        double gray = random.chance(0.5) ? traits.skin * random.uniform(0.8, 1.1) : random.uniform(0, 1);
        canvas.contour(thing).resolve((index, coverage) -> {
            canvas.pixels[index] += (gray - canvas.pixels[index]) * coverage;
            skinMask[index] *= 1 - coverage;
        });
    }

    /** Light on the rounded head from one direction, and a gradient over the whole picture. */
    private void light() {
        double angle = random.uniform(0, 2 * StrictMath.PI);
        double side = random.chance(0.25) ? random.uniform(0.6, 1.3) : random.uniform(0, 0.6);
        double lx = side * StrictMath.cos(angle);
        double ly = side * StrictMath.sin(angle) - 0.25;
        double length = Math.sqrt(lx * lx + ly * ly + 1);
        double ambient = random.uniform(0.45, 0.8);
        double diffuse = (1 - ambient) * 1.25;
        double slopeX = random.normal(0, 0.1);
        double slopeY = random.normal(0, 0.1);
        Outline middle = new Outline();
        head.add(middle, 0, 0.1, -0.2);
        double cx = middle.x(0);
        double cy = middle.y(0);
        double perWidth = 1 / (1.05 * traits.headWidth * head.scale());
        double perHeight = 1 / (1.05 * traits.headHeight * head.scale());
        double ux = StrictMath.cos(traits.roll) * perWidth;
        double uy = StrictMath.sin(traits.roll) * perWidth;
        double vx = -StrictMath.sin(traits.roll) * perHeight;
        double vy = StrictMath.cos(traits.roll) * perHeight;
        double towards = diffuse / length;
        double[] pixels = canvas.pixels;
        for (int y = 0, i = 0; y < canvas.height; y++) {
            double rowFactor = 1 + slopeY * (2.0 * y / canvas.height - 1) - slopeX;
            double perColumn = 2 * slopeX / canvas.width;
            double u0 = (y - cy) * uy - cx * ux;
            double v0 = (y - cy) * vy - cx * vx;
            for (int x = 0; x < canvas.width; x++, i++) {
                double factor = rowFactor + perColumn * x;
                double mask = skinMask[i];
                if (mask > 0) {
                    double u = u0 + x * ux;
                    double v = v0 + x * vx;
                    double n = Math.sqrt(Math.max(0.02, 1 - u * u - v * v));
                    double lit = ambient + towards * Math.max(0, lx * u + ly * v + n);
                    factor *= 1 + mask * (lit - 1);
                }
                pixels[i] *= factor;
            }
        }
    }

    /** Blur, contrast, brightness, noise. */
    private void camera() {
        canvas.blur(random.chance(0.2) ? random.uniform(0.8, 1.7) : random.uniform(0.2, 0.8));
        double contrast = random.uniform(0.6, 1.2);
        double brightness = random.normal(0.5, 0.08) - 0.5 * contrast;
        double noise = random.chance(0.15) ? random.uniform(0.025, 0.06) : random.uniform(0.005, 0.025);
        for (int i = 0; i < canvas.pixels.length; i++) {
            canvas.pixels[i] = canvas.pixels[i] * contrast + brightness + noise * random.normal();
        }
    }
}
