"""A training loop with the chip in the loop: a layer learns to tell two patterns apart."""

import torch

import hxtorch
from hxtorch.perceptron import nn

torch.manual_seed(0)
labels = torch.arange(200) % 2
patterns = torch.randint(0, 32, (2, 64)).float()
images = (patterns[labels] + 4 * torch.randn(200, 64)).clamp(0, 31)

hxtorch.init_hardware(ann=True)  # the embedded emulator, unless HXEMU_ENDPOINT names another
model = nn.Linear(64, 2, bias=False)
optimizer = torch.optim.Adam(model.parameters(), lr=2.0)
for epoch in range(10):
    optimizer.zero_grad()
    scores = model(images) / 8  # forward on the chip, 8-bit integers
    loss = torch.nn.functional.cross_entropy(scores, labels)
    loss.backward()  # gradient of the ideal product
    optimizer.step()
    accuracy = (scores.argmax(1) == labels).float().mean()
    print(f"epoch {epoch}: loss {loss:.3f}, accuracy {accuracy:.0%}")
hxtorch.release_hardware()
