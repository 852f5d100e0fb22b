// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.constantpool.ConstantPoolBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Usage: java cli/src/build/ClassVersion.java FILE.jar
 *
 * <p>Part of script/build. Rewrites the classes of a jar that were compiled for Java 5 or older, as picocli's are, as ones
 * for Java 8: an AOT cache takes no class that lacks the stack maps of Java 6. What the classes do stays the same.
 */
class ClassVersion {

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[0]);
        Path rewritten = Path.of(args[0] + ".new");
        try (ZipFile old = new ZipFile(jar.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(rewritten))) {
            for (ZipEntry entry : old.stream().toList()) {
                byte[] bytes = old.getInputStream(entry).readAllBytes();
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                out.putNextEntry(copy);
                out.write(entry.getName().endsWith(".class") ? rewrite(bytes, old) : bytes);
            }
        }
        Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] rewrite(byte[] bytes, ZipFile jar) {
        ClassFile classFile = ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(hierarchy(jar)));
        ClassModel model = classFile.parse(bytes);
        if (model.majorVersion() >= ClassFile.JAVA_6_VERSION) {
            return bytes;
        }
        // A new constant pool, and a transformation of each method: what is copied as it is gets no stack maps.
        ClassTransform transform = ClassTransform.dropping(ClassFileVersion.class::isInstance)
                .andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL));
        return classFile.build(
                model.thisClass(),
                ConstantPoolBuilder.of(),
                built -> built.withVersion(ClassFile.JAVA_8_VERSION, 0).transform(model, transform));
    }

    /** Stack maps need to know the superclass of each class, those of the jar included. */
    private static ClassHierarchyResolver hierarchy(ZipFile jar) {
        return ClassHierarchyResolver.ofResourceParsing(type -> {
                    ZipEntry entry = jar.getEntry(
                            type.descriptorString().substring(1, type.descriptorString().length() - 1) + ".class");
                    try {
                        return entry == null ? null : jar.getInputStream(entry);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .orElse(ClassHierarchyResolver.defaultResolver());
    }
}
