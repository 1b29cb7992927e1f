package org.mtl4j.arch;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Conditions on packages with {@code internal} in their names, which users must not touch. */
final class Internals {
    private Internals() {}

    static boolean isInternal(JavaClass type) {
        return type.getPackageName().matches("org\\.mtl4j\\.(.*\\.)?internal(\\..*)?");
    }

    /** Each use of an internal type comes from the same module or from one that {@link Module#ADMISSIONS} lets in. */
    static ArchCondition<JavaClass> useOnlyInternalsOfTheirModule() {
        return new ArchCondition<>("use only internal packages of their own module, or by an admission") {
            @Override
            public void check(JavaClass user, ConditionEvents events) {
                for (Dependency use : user.getDirectDependenciesFromSelf()) {
                    JavaClass used = use.getTargetClass().getBaseComponentType();
                    if (isInternal(used) && moduleOf(user) != moduleOf(used) && !isAdmitted(user, used)) {
                        events.add(SimpleConditionEvent.violated(user, use.getDescription()));
                    }
                }
            }
        };
    }

    static boolean isAdmitted(JavaClass user, JavaClass used) {
        return Module.ADMISSIONS.stream()
                .anyMatch(admission -> admission.users().contains(moduleOf(user))
                        && admission.internal().equals(used.getPackageName()));
    }

    static Module moduleOf(JavaClass type) {
        return Arrays.stream(Module.values())
                .filter(module -> module.packages().stream()
                        .anyMatch(root -> (type.getPackageName() + ".").startsWith(root + ".")))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(type.getName() + " is in no package of a module"));
    }

    /**
     * What users can see of a public type, its supertypes and the signatures of its members, has no internal type in
     * it.
     */
    static ArchCondition<JavaClass> showNoInternalType() {
        return showNone("show no internal type", Internals::isInternal);
    }

    /**
     * Nor a type of Guava: Spark brings a Guava of its own, and a jar in which the library's is renamed would have
     * other signatures.
     */
    static ArchCondition<JavaClass> showNoTypeOfGuava() {
        return showNone("show no type of Guava", type -> type.getPackageName().startsWith("com.google.common"));
    }

    private static ArchCondition<JavaClass> showNone(String what, Predicate<JavaClass> banned) {
        return new ArchCondition<>(what) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!isOpenToUsers(type)) {
                    return;
                }
                Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream())
                        .forEach(parent -> checkShown(parent, type, type.getName(), banned, events));
                for (JavaField field : type.getFields()) {
                    if (isOpen(field)) {
                        checkShown(field.getType(), type, field.getFullName(), banned, events);
                    }
                }
                for (JavaCodeUnit code : type.getCodeUnits()) {
                    if (isOpen(code)) {
                        Stream.of(
                                        Stream.of(code.getReturnType()),
                                        code.getParameterTypes().stream(),
                                        code.getTypeParameters().stream(),
                                        code.getExceptionTypes().stream())
                                .flatMap(types -> types)
                                .forEach(shown -> checkShown(shown, type, code.getFullName(), banned, events));
                    }
                }
            }
        };
    }

    private static void checkShown(
            JavaType shown, JavaClass type, String where, Predicate<JavaClass> banned, ConditionEvents events) {
        shown.getAllInvolvedRawTypes().stream()
                .map(JavaClass::getBaseComponentType)
                .filter(banned)
                .forEach(found -> events.add(
                        SimpleConditionEvent.violated(type, "%s shows %s".formatted(where, found.getName()))));
    }

    private static boolean isOpenToUsers(JavaClass type) {
        return isOpen(type)
                && type.getEnclosingClass().map(Internals::isOpenToUsers).orElse(true);
    }

    private static boolean isOpen(HasModifiers element) {
        return element.getModifiers().contains(JavaModifier.PUBLIC)
                || element.getModifiers().contains(JavaModifier.PROTECTED);
    }
}
