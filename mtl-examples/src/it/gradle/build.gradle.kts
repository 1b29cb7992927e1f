// A project by Gradle 8 that has MTL4J as a dependency. -Pmtl.version=VERSION, -Pmtl.repository=URL where it is not released yet.
plugins {
    application
}

java {
    toolchain {
        languageVersion = JavaLanguageVersion.of(17)
    }
}

repositories {
    providers.gradleProperty("mtl.repository").orNull?.let { maven(it) }
    mavenCentral()
}

dependencies {
    implementation(platform("org.mtl4j:mtl-bom:" + providers.gradleProperty("mtl.version").get()))
    implementation("org.mtl4j:mtl-dl4j")
    runtimeOnly("org.nd4j:nd4j-native:1.0.0-M2.1")
    runtimeOnly("org.nd4j:nd4j-native:1.0.0-M2.1:linux-x86_64-onednn")
    runtimeOnly("org.bytedeco:openblas::linux-x86_64")
    runtimeOnly("org.bytedeco:javacpp::linux-x86_64")
}

sourceSets {
    main {
        java.srcDir("../common/java")
    }
}

application {
    mainClass = "consumer.Consumer"
    applicationDefaultJvmArgs = listOf("-XX:+UseSerialGC")
}
