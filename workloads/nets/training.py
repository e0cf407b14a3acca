# SPDX-License-Identifier: Apache-2.0
"""Training, evaluation and ONNX export of the networks in this folder (PyTorch; import this before torch).

Bytes repeat: one thread, fixed seed, and arithmetic held to one code path so that a newer processor does not change it.
"""

import argparse
import dataclasses
import os
import pathlib

os.environ.update(ATEN_CPU_CAPABILITY="avx2", MKL_CBWR="COMPATIBLE", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np  # noqa: E402  (the lines above must come first)
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import sklearn  # noqa: E402
import torch  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402

import common  # noqa: E402
from export import export_onnx  # noqa: E402

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.backends.mkldnn.enabled = False
torch.backends.nnpack.set_flags(False)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the trained weights besides network and data; fixed before training."""

    epochs: int
    batch_size: int
    learning_rate: float  # at the start; falls to 0 along half a cosine, step by step
    weight_decay: float  # decoupled (AdamW)
    max_shift: tuple  # (rows, columns); in each epoch an image is moved by a new random offset in -max..max on each axis
    seed: int

    def text(self):
        return (f"AdamW, learning rate {self.learning_rate:g} falling to 0 along half a cosine, weight decay "
                f"{self.weight_decay:g}, batch {self.batch_size}, {self.epochs} epochs, seed {self.seed}; each image moved by up "
                f"to ±{self.max_shift[0]} rows and ±{self.max_shift[1]} columns, drawn anew in each epoch, zeros moved in")


def as_input(images, full_scale):
    """uint8 [N,C,H,W] to float32 tensor, x = pixel / full_scale."""
    return torch.from_numpy(images.astype(np.float32) / np.float32(full_scale))


def shifted(batch, max_shift, generator):
    """Each image of `batch` [N,C,H,W] moved by its own random offset; zeros come in at the border."""
    count, _, height, width = batch.shape
    down, across = max_shift
    padded = torch.nn.functional.pad(batch, (across, across, down, down))
    top = torch.randint(0, 2 * down + 1, (count,), generator=generator)
    left = torch.randint(0, 2 * across + 1, (count,), generator=generator)
    rows = top[:, None, None] + torch.arange(height)[None, :, None]
    columns = left[:, None, None] + torch.arange(width)[None, None, :]
    return padded.permute(0, 2, 3, 1)[torch.arange(count)[:, None, None], rows, columns].permute(0, 3, 1, 2).contiguous()


def train(build, data, full_scale, recipe):
    """Train `build()` on data = (images, labels) and return it after the last epoch (no checkpoint is chosen)."""
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    net = build()
    inputs, labels = as_input(data[0], full_scale), torch.from_numpy(data[1].astype(np.int64))
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    steps = recipe.epochs * -(-len(labels) // recipe.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps)
    net.train()
    for _ in range(recipe.epochs):
        for chosen in torch.randperm(len(labels), generator=generator).split(recipe.batch_size):
            optimiser.zero_grad()
            outputs = net(shifted(inputs[chosen], recipe.max_shift, generator))
            torch.nn.functional.cross_entropy(outputs, labels[chosen]).backward()
            optimiser.step()
            schedule.step()
    return net.eval()


def count_correct(net, data, full_scale):
    """Number of images of data = (images, labels) that the torch network classifies rightly."""
    with torch.no_grad():
        guess = net(as_input(data[0], full_scale)).argmax(1).numpy()
    return int((guess == data[1]).sum())


def count_correct_onnx(path, data, full_scale):
    """The same count for the exported model in onnxruntime, image by image (batch 1)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    images = as_input(data[0], full_scale).numpy()
    guess = [session.run(["logits"], {"image": images[i:i + 1]})[0].argmax() for i in range(len(images))]
    return int((np.array(guess) == data[1]).sum())


def cross_validate(build, data, full_scale, recipe, folds=5):
    """Correct images over `folds` held-out parts of the training data; the only number recipes may be chosen by."""
    correct = 0
    for kept, held in StratifiedKFold(folds, shuffle=True, random_state=1).split(*data):
        net = train(build, (data[0][kept], data[1][kept]), full_scale, recipe)
        correct += count_correct(net, (data[0][held], data[1][held]), full_scale)
    return correct


def other_seeds_row(build, data, test, full_scale, recipe, seeds):
    """Card row: how far the test accuracy moves when only the seed changes; reported, never chosen from."""
    counts = [count_correct(train(build, data, full_scale, dataclasses.replace(recipe, seed=seed)), test, full_scale)
              for seed in seeds]
    total = len(test[1])
    return (f"Test accuracy with seeds {seeds[0]} to {seeds[-1]}",
            f"mean {100 * sum(counts) / len(counts) / total:.2f} %; right of {total}: {', '.join(map(str, counts))}. "
            "What to expect of this recipe; the model here is the seed fixed beforehand, whatever it drew")


def main(script, title, about, build, load, full_scale, recipe, writers=None, seeds=()):
    """Command of a train.py. load() gives (train, test), writers() the same for unseen writers, each (images,
    labels); seeds: further seeds whose test accuracy the card lists."""
    folder = pathlib.Path(script).resolve().parent
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--out", type=pathlib.Path, default=folder, help="folder for model.onnx and card.md")
    parser.add_argument("--validate", action="store_true", help="cross-validate on training images only, write nothing")
    arguments = parser.parse_args()
    try:
        data, test = load()
    except FileNotFoundError as error:
        parser.error(str(error))
    if arguments.validate:
        correct = cross_validate(build, data, full_scale, recipe)
        print("5-fold, training images:", common.accuracy_text(correct, len(data[1])))
        return
    net = train(build, data, full_scale, recipe)
    correct = count_correct(net, test, full_scale)
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "model.onnx"
    macs = export_onnx(net, path, folder.name, test[0].shape[1:])
    if count_correct_onnx(path, test, full_scale) != correct:
        raise RuntimeError(f"{path}: onnxruntime does not classify as PyTorch does")
    rows = [*about, ("Recipe", recipe.text()),
            ("Parameters", f"{sum(p.numel() for p in net.parameters()):,}"), ("MACs per image", f"{macs:,}"),
            ("**Test accuracy**", common.accuracy_text(correct, len(test[1])))]
    if seeds:
        rows.append(other_seeds_row(build, data, test, full_scale, recipe, seeds))
    if writers is not None:
        seen, unseen = writers()
        again = count_correct(train(build, seen, full_scale, recipe), unseen, full_scale)
        rows.append(("Accuracy on unseen writers", common.accuracy_text(again, len(unseen[1]))
                     + " (the last samples of the original order; a second network, same recipe, trained on the others)"))
    rows += [("Made with", f"torch {torch.__version__.split('+')[0]}, numpy {np.__version__}, scikit-learn "
              f"{sklearn.__version__}, onnx {onnx.__version__}"), ("Made again by", f"`scripts/train {folder.name}`")]
    common.write_card(arguments.out, title, rows, [
        "The weights are those after the last epoch. Neither a checkpoint nor a setting was chosen on test data: settings were "
        "fixed beforehand, or compared by `train.py --validate` (5-fold cross-validation on the training images alone). "
        "Intervals are Wilson's, over test images."])
    print(f"{folder.name}: {common.accuracy_text(correct, len(test[1]))}")
