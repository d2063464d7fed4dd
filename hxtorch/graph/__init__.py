"""What is computed where: the hardware-centric data-flow graph."""

from hxtorch.graph.graph import Edge as Edge
from hxtorch.graph.graph import Graph as Graph
from hxtorch.graph.graph import Node as Node
from hxtorch.graph.mac import mac_graph as mac_graph
from hxtorch.graph.vertices import Addition as Addition
from hxtorch.graph.vertices import CADCReadout as CADCReadout
from hxtorch.graph.vertices import Concatenation as Concatenation
from hxtorch.graph.vertices import DriverRows as DriverRows
from hxtorch.graph.vertices import Input as Input
from hxtorch.graph.vertices import NeuronView as NeuronView
from hxtorch.graph.vertices import Signal as Signal
from hxtorch.graph.vertices import SynapseArrayView as SynapseArrayView
from hxtorch.graph.vertices import Vertex as Vertex
