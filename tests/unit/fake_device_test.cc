#include "tests/support/fake_device.h"

#include "tests/support/device_conformance.h"

namespace sallyport::test {

INSTANTIATE_TEST_SUITE_P(Fake,
                         DeviceConformance,
                         testing::Values(DeviceFactory{
                             "fake", [] { return std::make_shared<FakeDevice>(); }}));

}  // namespace sallyport::test
