package org.mtl4j.synthetic;

import java.util.List;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.Gender;
import org.mtl4j.faces.Glasses;
import org.mtl4j.faces.Pose;
import org.mtl4j.faces.Smile;

/**
 * Draws what a face is like: its labels, and the measures that go with them. Labels are drawn first, with the
 * frequencies of MTFL; then every measure from a distribution that depends on them, wide enough that no single measure
 * gives a label away. Lengths are in head units, where the eyes are about 0.76 apart and the head is about 1.5 wide;
 * angles in radians.
 */
final class Traits {

    private static final double DEGREE = StrictMath.PI / 180;

    final Gender gender;
    final Smile smile;
    final Glasses glasses;
    final Pose pose;

    /** Turn to the right of the picture, nod downwards, tilt clockwise. */
    final double yaw;

    final double pitch;
    final double roll;

    final double headWidth;
    final double headHeight;
    final double jaw;
    final double taper;
    final double eyeHalfDistance;
    final double eyeSize;
    final double eyeOpen;
    final double gaze;
    final double eyeShadow;
    final double browHeight;
    final double browThickness;
    final double browArch;
    final double frown;
    final double noseLength;
    final double noseWidth;
    final double noseOut;
    final double mouthDrop;
    final double mouthHalfWidth;
    final double mouthOpen;
    final double cornerLift;
    final double lipFullness;
    final double lipGray;
    final double skin;
    final double hair;
    final boolean longHair;
    final double hairline;
    final double fringe;
    final double hairVolume;
    final double bald;
    final double beard;
    final double moustache;
    final double wrinkles;

    Traits(RandomNumbers random) {
        boolean male = random.chance(0.58);
        boolean smiling = random.chance(0.56);
        boolean wearing = random.chance(0.14);
        pose = pose(random.uniform());
        gender = male ? Gender.MALE : Gender.FEMALE;
        smile = smiling ? Smile.SMILING : Smile.NOT_SMILING;
        glasses = wearing ? Glasses.GLASSES : Glasses.NO_GLASSES;

        yaw = DEGREE * yaw(pose, random);
        pitch = DEGREE * random.normal(1, 8);
        roll = DEGREE * (random.chance(0.12) ? random.normal(0, 13) : random.normal(0, 6.5));

        headWidth = random.normal(male ? 0.755 : 0.735, 0.045);
        headHeight = random.normal(1.13, 0.05);
        jaw = random.normal(male ? 2.9 : 2.25, 0.4, 1.8, 4);
        taper = random.normal(male ? 0.10 : 0.19, 0.06, 0, 0.35);
        eyeHalfDistance = random.normal(0.38, 0.024);
        eyeSize = random.normal(male ? 0.155 : 0.165, 0.018);
        double joy = smiling ? random.normal(0.78, 0.24, 0.1, 1.3) : random.normal(0.0, 0.2, -0.5, 0.5);
        eyeOpen = random.chance(0.06)
                ? random.uniform(0, 0.25)
                : random.normal(0.78 - 0.22 * Math.max(0, joy), 0.16, 0.2, 1.2);
        gaze = random.normal(0, 0.25);
        eyeShadow = random.uniform(0, 0.38) + (male ? 0 : 0.08);
        browHeight = random.normal(male ? 0.20 : 0.235, 0.035);
        browThickness = random.normal(male ? 0.088 : 0.06, 0.018, 0.02, 0.15);
        browArch = random.normal(male ? 0.03 : 0.055, 0.025);
        frown = random.normal(male ? 0 : 0.008, 0.018);
        noseLength = random.normal(0.45, 0.045);
        noseWidth = random.normal(male ? 0.175 : 0.155, 0.022);
        noseOut = random.normal(0.27, 0.04, 0.12, 0.42);
        mouthDrop = random.normal(0.80, 0.05);
        mouthHalfWidth = random.normal(0.275, 0.026) + 0.085 * joy;
        boolean open = random.chance(smiling ? 0.25 + 0.5 * Math.min(1, joy) : 0.16);
        mouthOpen = open ? random.uniform(0.03, smiling ? 0.17 : 0.2) : 0;
        cornerLift = 0.15 * joy + random.normal(0, 0.02);
        lipFullness = random.normal(male ? 0.045 : 0.058, 0.014, 0.015, 0.1);
        lipGray = random.normal(male ? 0.76 : 0.62, 0.1, 0.35, 0.95);
        skin = random.normal(0.62, 0.12, 0.3, 0.85);
        hair = random.chance(0.2) ? random.uniform(0.35, 0.75) : random.uniform(0.04, 0.3);
        longHair = random.chance(male ? 0.07 : 0.70);
        hairline = random.normal(male ? -0.55 : -0.52, 0.07);
        fringe = random.chance(male ? 0.12 : 0.35) ? random.uniform(0.1, 0.34) : 0;
        hairVolume = random.normal(male ? 0.07 : 0.12, 0.04, 0, 0.3);
        bald = male && random.chance(0.12) ? random.uniform(0.5, 1) : 0;
        beard = male && random.chance(0.34) ? random.uniform(0.08, 0.6) : 0;
        moustache = beard > 0 && random.chance(0.6) ? random.uniform(0.15, 0.65) : 0;
        wrinkles = random.uniform(0, 0.35) + 0.25 * Math.max(0, joy);
    }

    FaceAttributes attributes() {
        return FaceAttributes.of(gender, smile, glasses, pose);
    }

    /**
     * {@return what the picture shows of these attributes: MTFL's, WFLW's or CelebA's}
     *
     * @throws IllegalArgumentException if one is of none of them
     */
    FaceAttributes attributes(List<FaceAttribute> wanted) {
        FaceAttributes ofMtfl = attributes();
        int[] classes = wanted.stream()
                .mapToInt(attribute -> ofMtfl.value(attribute).orElseGet(() -> shows(attribute) ? 0 : 1))
                .toArray();
        return FaceAttributes.of(wanted, classes);
    }

    /** {@return whether the picture shows what the first class of an attribute says} */
    private boolean shows(FaceAttribute attribute) {
        if (FaceLayout.WFLW.attributes().contains(attribute)) {
            return switch (attribute.name()) {
                case "pose" -> Math.abs(yaw) > 20 * DEGREE;
                case "expression" -> mouthOpen > 0.1 || cornerLift > 0.15;
                case "make-up" -> gender == Gender.FEMALE && lipGray < 0.55;
                case "occlusion" -> glasses == Glasses.GLASSES || fringe > 0.2;
                default -> false; // of light and sharpness a face has no say
            };
        }
        if (!FaceLayout.CELEBA.attributes().contains(attribute)) {
            throw new IllegalArgumentException(
                    "drawn faces have no attribute '%s' of the classes %s; they have those of FaceLayout's layouts"
                            .formatted(attribute.name(), attribute.classes()));
        }
        boolean male = gender == Gender.MALE;
        return switch (attribute.name()) {
            case "5_o_Clock_Shadow" -> beard > 0 && beard < 0.25;
            case "Arched_Eyebrows" -> browArch > 0.06;
            case "Bags_Under_Eyes" -> wrinkles > 0.3;
            case "Bald" -> bald > 0;
            case "Bangs" -> fringe > 0;
            case "Big_Lips" -> lipFullness > 0.065;
            case "Big_Nose" -> noseWidth > 0.185;
            case "Black_Hair" -> bald == 0 && hair < 0.12;
            case "Blond_Hair" -> bald == 0 && hair > 0.5;
            case "Brown_Hair" -> bald == 0 && hair >= 0.12 && hair <= 0.3;
            case "Bushy_Eyebrows" -> browThickness > 0.09;
            case "Eyeglasses" -> glasses == Glasses.GLASSES;
            case "Heavy_Makeup", "Wearing_Lipstick" -> !male && lipGray < 0.55;
            case "High_Cheekbones" -> smile == Smile.SMILING && taper > 0.15;
            case "Male" -> male;
            case "Mouth_Slightly_Open" -> mouthOpen > 0;
            case "Mustache" -> moustache > 0;
            case "Narrow_Eyes" -> eyeOpen < 0.45;
            case "No_Beard" -> beard == 0;
            case "Oval_Face" -> taper > 0.2;
            case "Pale_Skin" -> skin > 0.77;
            case "Receding_Hairline" -> hairline < -0.62;
            case "Smiling" -> smile == Smile.SMILING;
            case "Young" -> wrinkles < 0.25;
            default -> false; // hats and the like are not drawn
        };
    }

    private static Pose pose(double u) {
        if (u < 0.0136) {
            return Pose.LEFT_PROFILE;
        } else if (u < 0.1249) {
            return Pose.LEFT;
        } else if (u < 0.8694) {
            return Pose.FRONTAL;
        } else if (u < 0.9805) {
            return Pose.RIGHT;
        }
        return Pose.RIGHT_PROFILE;
    }

    /** Draws an angle in degrees; neighbouring poses overlap. */
    private static double yaw(Pose pose, RandomNumbers random) {
        return switch (pose) {
            case LEFT_PROFILE -> random.normal(-46, 7, -65, -30);
            case LEFT -> random.normal(-27, 7, -45, -10);
            case FRONTAL -> random.normal(0, 8, -20, 20);
            case RIGHT -> random.normal(27, 7, 10, 45);
            case RIGHT_PROFILE -> random.normal(46, 7, 30, 65);
        };
    }
}
