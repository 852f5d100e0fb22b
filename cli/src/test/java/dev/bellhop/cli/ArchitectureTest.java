// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** Arrows point from the entry to the packages of commands, and from these to what they share: command, then terminal. */
@AnalyzeClasses(packages = "dev.bellhop.cli", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String CLI = "dev.bellhop.cli";
    private static final String SERVER = "dev.bellhop.server..";

    @ArchTest
    static final ArchRule SUBJECTS_USE_SHARED_PACKAGES_ONLY = slices().matching(CLI + ".(*)")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(alwaysTrue(), resideInAnyPackage(CLI + ".command", CLI + ".terminal"));

    @ArchTest
    static final ArchRule TERMINAL_USES_NO_COMMANDS = noClasses()
            .that()
            .resideInAPackage(CLI + ".terminal")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI + ".command");

    @ArchTest
    static final ArchRule NOTHING_USES_THE_ENTRY = noClasses()
            .that()
            .resideInAPackage(CLI + ".(*)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI);

    /** picocli has Java look up the types of a command's methods, and where the client is installed alone, these are missing. */
    @ArchTest
    static final ArchRule NO_METHOD_NAMES_A_TYPE_OF_THE_SERVER = noMethods()
            .should()
            .haveRawParameterTypes(DescribedPredicate.anyElementThat(resideInAnyPackage(SERVER)))
            .orShould()
            .haveRawReturnType(resideInAnyPackage(SERVER));

    /** As methods. */
    @ArchTest
    static final ArchRule NO_FIELD_HAS_A_TYPE_OF_THE_SERVER =
            noFields().should().haveRawType(resideInAnyPackage(SERVER));

    @ArchTest
    static final ArchRule NO_CYCLES_BETWEEN_FILES = slices().assignedFrom(new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                    return SliceIdentifier.of(type.getName().replaceFirst("\\$.*", ""));
                }

                @Override
                public String getDescription() {
                    return "files";
                }
            })
            .should()
            .beFreeOfCycles();
}
