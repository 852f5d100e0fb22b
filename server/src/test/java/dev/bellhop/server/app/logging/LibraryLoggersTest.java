// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.apache.sshd.common.util.logging.AbstractLoggingBean;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A class that is made of one of the SSH library's gives its name to what the library logs, which quotes strangers at any length. */
class LibraryLoggersTest {
    @Test
    void whatTheLibraryLogsByOurNamesIsSilent() {
        List<String> ofTheLibrary = new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("dev.bellhop.server.ssh")
                        .stream()
                        .filter(each -> each.isAssignableTo(AbstractLoggingBean.class))
                        .map(JavaClass::getName)
                        .toList();
        assertThat(ofTheLibrary)
                .hasSizeGreaterThan(2)
                .allSatisfy(name -> assertThat(LoggerFactory.getLogger(name).isErrorEnabled())
                        .as(name)
                        .isFalse());
    }
}
