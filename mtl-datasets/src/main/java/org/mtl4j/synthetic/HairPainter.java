package org.mtl4j.synthetic;

/** Paints hair: behind the head, on it, in front of it, and the beard. */
final class HairPainter extends PartPainter {

    HairPainter(Picture picture) {
        super(picture);
    }

    void hairBehind() {
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

    /** Paints hair over the whole upper head, then the forehead before it. */
    void scalp() {
        if (traits.bald > 0.7) {
            return;
        }
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

    void beard() {
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

    void hairInFront() {
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

    /** Paints lighter and darker lines in the hair. */
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
}
